"""Single values: everything that was accepted is accepted, the deliberate widenings too, the rest says why not."""

from datetime import timedelta

import pytest

from py_image_dedup.settings.grammar import choice, duration, folder, positive_duration, share, size, text, truth, whole


@pytest.mark.parametrize("word", ["y", "yes", "true", "t", "1", "Y", "YES", "True", "TRUE", "on", "On", True, 1])
def test_words_for_true(word: object) -> None:
    assert truth(word) is True


@pytest.mark.parametrize("word", ["n", "no", "false", "f", "0", "N", "No", "False", "FALSE", "off", "OFF", False, 0])
def test_words_for_false(word: object) -> None:
    assert truth(word) is False


@pytest.mark.parametrize("word", ["", "ja", "2", " true", "false\r", "tru", 2, 1.0, -1, [True], {"a": True}])
def test_other_words_are_no_truth(word: object) -> None:
    with pytest.raises(ValueError, match=r"write one of|single value"):
        truth(word)


@pytest.mark.parametrize(("written", "number"), [("8", 8), (" 8 ", 8), ("1_000", 1000), (8, 8), (8.0, 8)])
def test_whole_numbers(written: object, number: int) -> None:
    assert whole(1)(written) == number


@pytest.mark.parametrize("written", ["", "8.7", 8.7, "eight", "0x8", True, None, [8], float("nan"), float("inf")])
def test_what_is_no_whole_number(written: object) -> None:
    with pytest.raises(ValueError, match=r"whole number|single value"):
        whole(1)(written)


def test_whole_numbers_keep_their_bounds() -> None:
    port = whole(1, 65535)

    assert [port(1), port(65535)] == [1, 65535]
    for wrong in (0, 65536, -1):
        with pytest.raises(ValueError, match="between 1 and 65535"):
            port(wrong)
    with pytest.raises(ValueError, match="at least 1"):
        whole(1)("0")


@pytest.mark.parametrize(
    ("written", "number"), [("0.1", 0.1), (0.1, 0.1), ("10%", 0.1), ("1e-1", 0.1), (1, 1.0), ("100%", 1.0), ("0", 0.0)]
)
def test_shares(written: object, number: float) -> None:
    assert share(written) == pytest.approx(number)


@pytest.mark.parametrize("written", ["", "%", "ten", "1.1", "101%", -0.1, "nan", "inf", [0.1]])
def test_what_is_no_share(written: object) -> None:
    with pytest.raises(ValueError, match=r"not a number|between 0 and 1|single value"):
        share(written)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("30s", 30),
        ("1m30s", 90),
        ("1.5h", 5400),
        ("5:00", 300),
        ("0:05:00", 300),
        ("00:01:40", 100),
        ("2 days, 4:00:00", 187_200),
        ("1w3d", 864_000),
        ("1 hour 5 mins", 3900),
        ("1 minute, 24 secs", 84),
        ("1:02:03:04", 93_784),
        (":22", 22),
        ("+5m", 300),
        ("4.1m", 246),
        ("30S", 30),
        ("300", 300),
        (300, 300),  # what YAML 1.1 makes of 5:00
        (3900, 3900),  # ... and of 1:05:00
        ("0.5", 0.5),
        (0, 0),
        (timedelta(minutes=2), 120),
    ],
)
def test_durations(written: object, seconds: float) -> None:
    assert duration(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize("written", ["", " ", "m", "5 fortnights", "1.2.3s", "--5m", "5m5", "nan", "1:2:3", True, [5]])
def test_what_is_no_duration(written: object) -> None:
    with pytest.raises(ValueError, match=r"not a duration|single value"):
        duration(written)


@pytest.mark.parametrize("written", ["-5m", "-300", -1, "- 1 hour"])
def test_durations_are_not_negative(written: object) -> None:
    with pytest.raises(ValueError, match="negative"):
        duration(written)


def test_a_duration_beyond_reason_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        duration("99999999999999 weeks")
    with pytest.raises(ValueError, match="longer than nothing"):
        positive_duration("0s")


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (1024, 1024),
        ("1024", 1024),
        ("512M", 512 << 20),
        ("512m", 512 << 20),
        ("700MB", 700_000_000),
        ("700 mb", 700_000_000),
        ("1.5GiB", 3 << 29),
        ("2 KiB", 2048),
        ("1T", 1 << 40),
        ("10B", 10),
    ],
)
def test_sizes(written: object, number: int) -> None:
    assert size(written) == number


@pytest.mark.parametrize("written", ["", "MB", "-1", "0", "1 PB", "1,5G", "0.1", [1]])
def test_what_is_no_size(written: object) -> None:
    with pytest.raises(ValueError, match=r"not a size|at least 1 byte|single value"):
        size(written)


@pytest.mark.parametrize(
    ("written", "path"), [("/a/b/", "/a/b"), ("a//", "a"), ("/", "/"), ("~/a", "~/a"), (2024, "2024"), ("", None)]
)
def test_folders_lose_only_the_slash_at_their_end(written: object, path: str | None) -> None:
    assert folder(written) == path


def test_text_is_taken_as_it_is() -> None:
    assert text(" a, b ") == " a, b "
    assert text(2024) == "2024"
    with pytest.raises(ValueError, match="a map stands where"):
        text({"a": 1})


def test_a_choice_names_the_nearest() -> None:
    observer = choice("polling", "inotify")

    assert observer(" Polling ") == "polling"
    with pytest.raises(ValueError, match="nearest is 'inotify' of polling, inotify"):
        observer("notify")
