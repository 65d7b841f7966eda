"""Parts of the index of words are kept, replaced, and given up rather than in anybody's way."""

import sqlite3
from pathlib import Path

import pytest

from py_image_dedup.stores.word_segments import DAY_S, KEPT_DAYS, WordSegmentFile


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "words.sqlite")


def values(file: WordSegmentFile, method: str = "words-1") -> list[bytes]:
    return [value for _, value in file.kept(method)]


def test_what_was_put_there_is_kept_in_order(path: str) -> None:
    WordSegmentFile(path).replace("words-1", [], [b"one", b"two"])
    WordSegmentFile(path).replace("words-1", [], [b"three"])

    assert values(WordSegmentFile(path)) == [b"one", b"two", b"three"]


def test_parts_are_replaced_by_others(path: str) -> None:
    file = WordSegmentFile(path)
    file.replace("words-1", [], [b"one", b"two"])
    second = file.kept("words-1")[1][0]
    file.replace("words-1", [second], [b"more"])

    assert values(file) == [b"one", b"more"]


def test_another_method_finds_nothing_and_takes_the_place(path: str) -> None:
    file = WordSegmentFile(path)
    file.replace("words-1", [], [b"one"])

    assert values(file, "words-2") == []
    file.replace("words-2", [], [b"new"])
    assert (values(file), values(file, "words-2")) == ([], [b"new"])


def test_a_file_that_is_missing_holds_nothing(path: str) -> None:
    told: list[str] = []

    assert values(WordSegmentFile(path, note=told.append)) == []
    assert told == []


def test_what_no_run_had_any_use_for_goes(path: str) -> None:
    day = 20_000
    file = WordSegmentFile(path, now_s=lambda: day * DAY_S)
    file.replace("words-1", [], [b"used", b"unused"])
    later = WordSegmentFile(path, now_s=lambda: (day + KEPT_DAYS) * DAY_S)
    later.used([later.kept("words-1")[0][0]])

    WordSegmentFile(path, now_s=lambda: (day + KEPT_DAYS + 1) * DAY_S).replace("words-1", [], [])

    assert values(later) == [b"used"]


@pytest.mark.parametrize("place", [0, 100, 5_000])
def test_a_damaged_file_is_made_anew_and_told(path: str, place: int) -> None:
    WordSegmentFile(path).replace("words-1", [], [b"x" * 10_000])
    with open(path, "r+b") as file:
        file.seek(place)
        file.write(b"\xff" * 4_096)
    told: list[str] = []
    kept = WordSegmentFile(path, note=told.append)

    found = values(kept)
    kept.replace("words-1", [], [b"again"])
    kept.replace("words-1", [], [b"and more"])

    assert found == [] or found[0] != b"x" * 10_000  # a checksum in it says so to whoever made it
    assert values(kept)[-2:] == [b"again", b"and more"]


def test_a_database_of_another_program_is_left_alone_and_told(path: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (value)")
    connection.commit()
    connection.close()
    before, told = Path(path).read_bytes(), list[str]()
    file = WordSegmentFile(path, note=told.append)

    assert values(file) == []
    file.replace("words-1", [], [b"mine"])
    assert Path(path).read_bytes() == before
    assert told
    assert all("another program" in sentence for sentence in told)


def test_a_folder_that_may_not_be_written_is_told_and_no_error(tmp_path: Path) -> None:
    told: list[str] = []
    file = WordSegmentFile(str(tmp_path / "missing" / "words.sqlite"), note=told.append)

    file.replace("words-1", [], [b"one"])

    assert values(file) == []
    assert len(told) == 2
    assert all("cannot be used" in sentence for sentence in told)
