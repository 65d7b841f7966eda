"""What holds for any records in any order: ranking is one total order, plans lose nobody and do not depend on order."""

import os
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from py_image_dedup.keeping.planning import make_plan
from py_image_dedup.keeping.policy import PlanPolicy
from py_image_dedup.keeping.ranking import rank
from py_image_dedup.keeping.rules import RULES
from py_image_dedup.keeping.units import find_units
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import Relation, Star, Verb
from tests.support.records import image_file, match, record

SUFFIXES = st.sampled_from([".jpg", ".CR2", ".png", "-edited.jpg", " copy.jpg"])
FOLDERS = st.sampled_from(["/lib/a", "/lib/b", "/lib/b/c"])
STEMS = st.one_of(st.sampled_from(["IMG_1", "IMG_2"]), st.binary(min_size=1, max_size=6).map(os.fsdecode))
# Few values for each fact, so that ties are common and later rules and the path are reached.
FEW = st.integers(0, 2)


def is_name(name: str) -> bool:
    return not {"/", "\0"} & set(name)


NAMES = STEMS.filter(is_name)
RECORDS = st.builds(
    lambda folder, stem, suffix, size, mtime_ns, exif, width, frames: record(
        f"{folder}/{stem}{suffix}", size=size, mtime_ns=mtime_ns, exif_entries=exif, width=width, frames=frames + 1
    ),
    FOLDERS,
    NAMES,
    SUFFIXES,
    FEW,
    FEW,
    FEW,
    FEW,
    FEW,
)
LIBRARIES = st.lists(RECORDS, max_size=10, unique_by=lambda r: r.file.path)
RULE_LISTS = st.lists(st.sampled_from(sorted(RULES)), max_size=6)


@st.composite
def shuffled_twice(draw: st.DrawFn) -> tuple[list[ImageRecord], list[ImageRecord]]:
    records = draw(LIBRARIES)
    return records, draw(st.permutations(records))


@given(shuffled_twice(), RULE_LISTS, st.data())
def test_the_order_of_ranking_does_not_depend_on_the_order_given(
    twice: tuple[list[ImageRecord], list[ImageRecord]], rules: Sequence[str], data: st.DataObject
) -> None:
    first, second = twice
    damaged = frozenset(r.sha256 for r in first if data.draw(st.booleans()))
    ranked = rank(first, rules, damaged=damaged)

    assert ranked == rank(second, rules, damaged=damaged)
    assert sorted(r.file.path for r in first) == sorted(r.record.file.path for r in ranked)
    assert [r.record.sha256 in damaged for r in ranked] == sorted(r.record.sha256 in damaged for r in ranked)


@given(LIBRARIES, RULE_LISTS)
def test_ranking_any_part_keeps_the_order_of_the_whole(records: list[ImageRecord], rules: Sequence[str]) -> None:
    whole = [r.record for r in rank(records, rules)]
    part = whole[::2]

    assert part == [r.record for r in rank(part, rules)]


@st.composite
def stars(draw: st.DrawFn) -> list[Star]:
    """Stars over one library; they may overlap, as stars of a faulty search would."""
    records = draw(LIBRARIES)
    found = []
    for _ in range(draw(st.integers(0, 4)) if records else 0):
        chosen = draw(st.lists(st.sampled_from(records), min_size=1, max_size=4, unique_by=lambda r: r.file.path))
        matches = [match(draw(st.sampled_from(Relation)), draw(FEW) / 10) for _ in chosen[1:]]
        found.append(Star(chosen[0], tuple(zip(chosen[1:], matches, strict=True))))
    return found


POLICIES = st.builds(
    PlanPolicy,
    remove=st.frozensets(st.sampled_from(Relation)),
    max_mtime_diff_ns=st.none() | FEW,
    rules=RULE_LISTS.map(tuple),
)


def same_content(_: ImageFile) -> bytes:
    return b"c" * 32


@given(stars(), POLICIES, st.booleans())
def test_no_keeper_goes_nobody_goes_twice_and_no_shared_companion_leaves_a_staying_picture(
    found: list[Star], policy: PlanPolicy, with_companions: bool
) -> None:
    pictures = {r.file.path: r.file for s in found for r in (s.keeper, *(o for o, _ in s.others))}
    beside = [image_file(os.path.splitext(p)[0] + s) for p in pictures for s in (".xmp", ".MOV")]
    companions = sorted({f.path: f for f in beside}.values(), key=lambda f: f.path) if with_companions else []
    units = find_units(pictures.values(), companions)
    plan = make_plan(found, policy, units, same_content)
    victims = [r.victim.file.path for r in plan.removals]
    along = [c.file.path for r in plan.removals for c in r.companions]

    assert len(set(victims)) == len(victims)
    assert len(set(along)) == len(along)
    assert set(victims).isdisjoint(s.keeper.file.path for s in found)
    assert all(set(c.owners) <= set(victims) for p in victims for c in units.companions_of(p) if c.file.path in along)
    assert all(partner in victims for p in victims for partner in units.partners_of(p))
    assert all(r.relation in policy.remove and r.relation is not Relation.LOOK_ALIKE for r in plan.removals)
    assert sorted(victims) == sorted(
        m.record.file.path for g in plan.groups for m in g.members if m.verb is Verb.REMOVE
    )


@given(st.lists(RECORDS, min_size=4, max_size=10, unique_by=lambda r: r.file.path), POLICIES, st.data())
def test_the_plan_does_not_depend_on_the_order_of_stars_and_members(
    records: list[ImageRecord], policy: PlanPolicy, data: st.DataObject
) -> None:
    parts = [records[n : n + 3] for n in range(0, len(records), 3)]
    found = [Star(p[0], tuple((o, match(Relation.SAME_BYTES, n / 10)) for n, o in enumerate(p[1:]))) for p in parts]
    shuffled = [Star(s.keeper, tuple(data.draw(st.permutations(s.others)))) for s in data.draw(st.permutations(found))]
    units = find_units([r.file for r in records], ())

    assert make_plan(found, policy, units) == make_plan(shuffled, policy, units)
