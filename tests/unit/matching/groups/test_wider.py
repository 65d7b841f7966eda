"""Files line up behind those that show more, and as wanted otherwise."""

from hypothesis import given
from hypothesis import strategies as st

from py_image_dedup.matching.groups.wider import behind_wider, shows_more
from py_image_dedup.model.matches import Evidence, Match, Relation

PATHS = "abcdef"


def test_what_is_free_stays_in_its_order() -> None:
    assert behind_wider("cab", {path: set() for path in "abc"}) == ["c", "a", "b"]


def test_each_comes_behind_those_that_show_more() -> None:
    assert behind_wider("abc", {"a": {"b"}, "b": {"c"}, "c": set()}) == ["c", "b", "a"]


def test_a_circle_is_cut_at_its_first() -> None:
    assert behind_wider("abc", {"a": {"b"}, "b": {"a"}, "c": set()}) == ["c", "a", "b"]


@given(st.dictionaries(st.sampled_from(PATHS), st.sets(st.sampled_from(PATHS))), st.permutations(PATHS))
def test_every_path_is_there_once(wider: dict[str, set[str]], order: list[str]) -> None:
    all_ = {path: wider.get(path, set()) for path in PATHS}

    assert sorted(behind_wider(order, all_)) == list(PATHS)


@given(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda pair: pair[0] < pair[1])))
def test_without_circles_nobody_stands_before_one_that_shows_more(pairs: set[tuple[int, int]]) -> None:
    wider = {path: {PATHS[b] for a, b in pairs if PATHS[a] == path} for path in PATHS}

    order = behind_wider(PATHS, wider)

    assert all(order.index(other) < order.index(path) for path in PATHS for other in wider[path])


def test_only_edited_copies_show_more() -> None:
    wide, narrow = Evidence("", beyond_left=0.0, beyond_right=0.2), Evidence("", beyond_left=0.2, beyond_right=0.0)

    assert shows_more(Match(Relation.EDITED, wide))
    assert not shows_more(Match(Relation.EDITED, narrow))
    assert not shows_more(Match(Relation.SAME_PICTURE, wide))
    assert not shows_more(Match(Relation.EDITED, Evidence("", beyond_left=0.3, beyond_right=0.2)))


def test_where_nobody_looked_around_what_is_shown_decides() -> None:
    assert shows_more(Match(Relation.EDITED, Evidence("", coverage_left=1.0, coverage_right=0.6)))
    assert not shows_more(Match(Relation.EDITED, Evidence("", coverage_left=0.6, coverage_right=1.0)))
    assert not shows_more(Match(Relation.EDITED, Evidence("")))
