"""Each rule by itself: of two files that differ in one thing, the named one stays."""

import pytest

from py_image_dedup.keeping.rules import DEFAULT_RULES, RULES, Contender
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.settings import rules as settings_rules
from tests.support.records import record


def stays(rule: str, a: ImageRecord, b: ImageRecord) -> ImageRecord | None:
    judge = RULES[rule]
    if judge(Contender(a)) == judge(Contender(b)):
        return None
    return a if judge(Contender(a)) < judge(Contender(b)) else b


LARGE, SMALL = record("/lib/a.jpg", width=800), record("/lib/b.jpg")
HEAVY, LIGHT = record("/lib/a.jpg", size=2000), record("/lib/b.jpg")
RICH, POOR = record("/lib/a.jpg", exif_entries=5), record("/lib/b.jpg")
NEW, OLD = record("/lib/a.jpg", mtime_ns=2), record("/lib/b.jpg", mtime_ns=1)
LONG, SHORT = record("/lib/a-long-name.jpg"), record("/lib/deeper/down/b.jpg")
COPY, PLAIN = record("/lib/a Copy (2).jpg"), record("/lib/copy of all/b.jpg")


@pytest.mark.parametrize(
    ("rule", "winner", "loser"),
    [
        ("higher-pixel-count", LARGE, SMALL),
        ("lower-pixel-count", SMALL, LARGE),
        ("more-exif-data", RICH, POOR),
        ("less-exif-data", POOR, RICH),
        ("bigger-file-size", HEAVY, LIGHT),
        ("smaller-file-size", LIGHT, HEAVY),
        ("newer-file-modification-date", NEW, OLD),
        ("older-file-modification-date", OLD, NEW),
        ("longer-file-name", LONG, SHORT),
        ("shorter-file-name", SHORT, LONG),
        ("longer-folder-path", SHORT, LONG),
        ("shorter-folder-path", LONG, SHORT),
        ("doesnt-contain-copy-in-file-name", PLAIN, COPY),
        ("contains-copy-in-file-name", PLAIN, COPY),
    ],
)
def test_of_two_files_the_one_that_the_rule_names_stays(rule: str, winner: ImageRecord, loser: ImageRecord) -> None:
    assert stays(rule, winner, loser) is winner
    assert stays(rule, loser, winner) is winner


@pytest.mark.parametrize("rule", ["longer-path", "shorter-path", "higher-score", "lower-score"])
def test_rules_without_effect_and_scores_that_nobody_gave_tie(rule: str) -> None:
    assert stays(rule, LONG, SHORT) is None


def test_a_given_score_decides() -> None:
    more, less = Contender(PLAIN, score=64.0), Contender(COPY, score=12.0)

    assert RULES["higher-score"](more) < RULES["higher-score"](less)
    assert RULES["lower-score"](less) < RULES["lower-score"](more)


def test_the_file_itself_has_distance_0_and_wins_by_smaller_distance() -> None:
    itself, other = Contender(PLAIN), Contender(COPY, distance=0.05)

    assert RULES["smaller-distance"](itself) < RULES["smaller-distance"](other)
    assert RULES["bigger-distance"](other) < RULES["bigger-distance"](itself)


def test_copy_in_the_folder_does_not_make_a_copy() -> None:
    assert RULES["doesnt-contain-copy-in-file-name"](Contender(record("/lib/copy/a.jpg"))) == 0


def test_the_default_rules_are_nine_in_the_order_that_users_know() -> None:
    expected = [
        "higher-pixel-count",
        "more-exif-data",
        "bigger-file-size",
        "newer-file-modification-date",
        "smaller-distance",
        "doesnt-contain-copy-in-file-name",
        "longer-file-name",
        "shorter-folder-path",
        "higher-score",
    ]

    assert expected == list(DEFAULT_RULES)


def test_every_known_name_is_there() -> None:
    pairs = [
        ("higher-pixel-count", "lower-pixel-count"),
        ("more-exif-data", "less-exif-data"),
        ("bigger-file-size", "smaller-file-size"),
        ("newer-file-modification-date", "older-file-modification-date"),
        ("smaller-distance", "bigger-distance"),
        ("longer-file-name", "shorter-file-name"),
        ("longer-folder-path", "shorter-folder-path"),
        ("higher-score", "lower-score"),
        ("contains-copy-in-file-name", "doesnt-contain-copy-in-file-name"),
        ("longer-path", "shorter-path"),
    ]

    alone = {"more-metadata", "better-quality", "original-from-camera"}
    lists = {"preferred-directory", "avoided-directory", "preferred-format"}

    assert {name for pair in pairs for name in pair} | alone | lists == set(RULES)


def test_the_settings_accept_the_same_names_and_have_the_same_default() -> None:
    assert set(settings_rules.RULES) == set(RULES)
    assert settings_rules.DEFAULT_RULES == DEFAULT_RULES
