import pytest

from py_image_dedup.keeping.ranking import deciding_rule, rank
from py_image_dedup.keeping.rules import DEFAULT_RULES
from py_image_dedup.model.errors import SettingsError
from tests.support.records import record

LARGE = record("/lib/z.jpg", width=800)
HEAVY = record("/lib/y.jpg", size=2000)
PLAIN = record("/lib/a.jpg")
LATER = record("/lib/b.jpg")


def order(*args: object, **more: object) -> list[tuple[str, str]]:
    return [(r.record.file.path, r.rule) for r in rank(*args, **more)]  # type: ignore[arg-type]


def test_the_first_rule_that_differs_decides_and_the_path_last() -> None:
    expected = [
        ("/lib/z.jpg", ""),
        ("/lib/y.jpg", "higher-pixel-count"),
        ("/lib/a.jpg", "bigger-file-size"),
        ("/lib/b.jpg", "path"),
    ]

    assert expected == order([LATER, PLAIN, HEAVY, LARGE], DEFAULT_RULES)


def test_the_rules_are_asked_in_the_order_given() -> None:
    assert order([LARGE, HEAVY], ["bigger-file-size", "higher-pixel-count"]) == [
        ("/lib/y.jpg", ""),
        ("/lib/z.jpg", "bigger-file-size"),
    ]


def test_without_rules_the_path_decides() -> None:
    assert order([LATER, PLAIN], []) == [("/lib/a.jpg", ""), ("/lib/b.jpg", "path")]


def test_of_contradicting_rules_the_first_decides() -> None:
    assert order([LARGE, PLAIN], ["lower-pixel-count", "higher-pixel-count"])[0] == ("/lib/a.jpg", "")


def test_a_damaged_file_never_wins_whatever_the_rules_say() -> None:
    ranked = order([LARGE, PLAIN], DEFAULT_RULES, damaged=frozenset({LARGE.sha256}))

    assert ranked == [("/lib/a.jpg", ""), ("/lib/z.jpg", "sound")]


def test_a_file_without_exif_counts_as_0_and_is_compared_in_place() -> None:
    rich = record("/lib/rich.jpg", exif_entries=3, size=10)
    poor = record("/lib/poor.jpg", exif_entries=0, size=99_999)

    assert order([poor, rich], ["more-exif-data", "bigger-file-size"]) == [
        ("/lib/rich.jpg", ""),
        ("/lib/poor.jpg", "more-exif-data"),
    ]


def test_distances_are_those_given() -> None:
    ranked = order([PLAIN, LATER], ["smaller-distance"], {"/lib/a.jpg": 0.2, "/lib/b.jpg": 0.1})

    assert ranked == [("/lib/b.jpg", ""), ("/lib/a.jpg", "smaller-distance")]


def test_the_deciding_rule_between_two_is_empty_where_the_other_is_preferred() -> None:
    assert deciding_rule(LARGE, PLAIN, DEFAULT_RULES) == "higher-pixel-count"
    assert deciding_rule(PLAIN, LARGE, DEFAULT_RULES) == ""


def test_an_unknown_rule_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"Unknown rule 'biggest'.*higher-pixel-count"):
        rank([PLAIN], ["biggest"])
