"""Stars in, a plan out: who goes, who is left and why."""

from dataclasses import replace
from hashlib import sha256

import pytest

from py_image_dedup.keeping.planning import make_plan
from py_image_dedup.keeping.policy import PlanPolicy
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import REMOVABLE, Match, Relation, Star, Verb
from py_image_dedup.model.plans import Plan, Way
from tests.support.records import SECOND_NS, match, record, star

ALL = PlanPolicy(remove=frozenset(REMOVABLE))
KEEPER = record("/lib/a.jpg", size=5000)
COPY = record("/lib/b.jpg")


def verbs(plan: Plan) -> dict[str, tuple[Verb, str]]:
    return {m.record.file.path: (m.verb, m.note) for group in plan.groups for m in group.members}


def left(keeper: ImageRecord, member: ImageRecord, policy: PlanPolicy = ALL, how: Match | None = None) -> str:
    """The note with which `member` is left, having checked that nothing is removed."""
    plan = make_plan([Star(keeper, ((member, how or match()),))], policy)

    assert plan.removals == ()
    assert plan.groups[0].members[1].verb is Verb.LEAVE
    return plan.groups[0].members[1].note


def test_members_come_best_first_with_rank_and_rule() -> None:
    small = record("/lib/c.jpg", width=10)
    plan = make_plan([star(KEEPER, small, COPY)], ALL)

    assert [(m.record.file.path, m.rank, m.rule, m.verb) for m in plan.groups[0].members] == [
        ("/lib/a.jpg", 1, "", Verb.KEEP),
        ("/lib/b.jpg", 2, "bigger-file-size", Verb.REMOVE),
        ("/lib/c.jpg", 3, "higher-pixel-count", Verb.REMOVE),
    ]


def test_a_removal_names_victim_keeper_relation_and_the_rule_between_the_two() -> None:
    (removal,) = make_plan([star(KEEPER, COPY)], ALL).removals

    assert (removal.victim.file, removal.victim.sha256) == (COPY.file, COPY.sha256)
    assert (removal.keeper.file, removal.keeper.sha256) == (KEEPER.file, KEEPER.sha256)
    assert (removal.relation, removal.rule, removal.way, removal.target) == (
        Relation.SAME_PICTURE,
        "bigger-file-size",
        Way.QUARANTINE,
        None,
    )


def test_a_member_that_the_rules_prefer_but_that_is_only_related_says_so() -> None:
    framed = record("/lib/framed.jpg", width=4000)
    plan = make_plan([star(KEEPER, framed, relation=Relation.EDITED)], ALL)

    assert plan.groups[0].members[1].rule == "relation"


def test_relations_that_are_not_acted_on_are_for_review() -> None:
    policy = PlanPolicy(remove=frozenset({Relation.SAME_BYTES}))
    plan = make_plan([star(KEEPER, COPY)], policy)

    assert verbs(plan)["/lib/b.jpg"] == (Verb.REVIEW, "")
    assert plan.removals == ()


def test_a_look_alike_is_never_removed_even_if_asked_for() -> None:
    plan = make_plan([star(KEEPER, COPY, relation=Relation.LOOK_ALIKE)], PlanPolicy(remove=frozenset(Relation)))

    assert verbs(plan)["/lib/b.jpg"][0] is Verb.REVIEW
    assert plan.removals == ()


@pytest.mark.parametrize(("apart_s", "goes"), [(-61, False), (-60, True), (0, True), (60, True), (61, False)])
def test_the_time_window_is_measured_from_the_keeper_and_its_edge_is_inside(apart_s: int, goes: bool) -> None:
    policy = PlanPolicy(remove=frozenset(REMOVABLE), max_mtime_diff_ns=60 * SECOND_NS)
    copy = record("/lib/b.jpg", mtime_ns=KEEPER.file.mtime_ns + apart_s * SECOND_NS)
    plan = make_plan([star(KEEPER, copy)], policy)

    assert bool(plan.removals) is goes
    assert goes or verbs(plan)["/lib/b.jpg"] == (
        Verb.LEAVE,
        "was modified 61 s apart from the keeper, more than the 60 s allowed",
    )


@pytest.mark.parametrize(
    ("keeper_facts", "member_facts", "note"),
    [
        ({}, {"frames": 3}, "has 3 frames, the keeper has 1"),
        ({}, {"mode": "RGBA"}, "has transparency, the keeper has none"),
        ({}, {"mode": "I;16"}, "has 16 bits a channel, the keeper has 8"),
        ({}, {"mode": "F"}, "has 32 bits a channel, the keeper has 8"),
        ({"mode": "1"}, {"mode": "L"}, "has 8 bits a channel, the keeper has 1"),
    ],
)
def test_a_file_with_more_in_it_than_the_keeper_is_left(
    keeper_facts: dict[str, object], member_facts: dict[str, object], note: str
) -> None:
    keeper, member = record("/lib/a.tif", **keeper_facts), record("/lib/b.tif", **member_facts)

    assert left(keeper, member) == note
    assert make_plan([star(member, keeper)], ALL).removals != ()


def test_equal_pixels_leave_nothing_that_the_keeper_lacks() -> None:
    keeper, opaque = record("/lib/a.jpg"), record("/lib/b.png", mode="RGBA")

    assert make_plan([star(keeper, opaque, relation=Relation.SAME_PIXELS)], ALL).removals != ()


def test_a_keeper_that_does_not_decode_removes_nobody() -> None:
    plan = make_plan([star(KEEPER, COPY)], ALL, damaged=frozenset({KEEPER.sha256}))

    assert plan.removals == ()
    assert verbs(plan)["/lib/b.jpg"] == (Verb.LEAVE, "the keeper does not decode completely")


def test_one_file_by_two_paths_is_never_a_copy_of_itself() -> None:
    linked = record("/lib/b.jpg", inode=KEEPER.file.inode)

    assert left(KEEPER, linked, how=match(Relation.SAME_BYTES)) == "is the keeper itself by another path"


def test_a_file_that_another_group_keeps_is_left() -> None:
    third = record("/lib/c.jpg")
    plan = make_plan([star(KEEPER, COPY), star(COPY, third)], ALL)

    assert [r.victim.file.path for r in plan.removals] == ["/lib/c.jpg"]
    assert plan.groups[0].members[1].note == "is kept in another group"


def test_a_file_goes_once() -> None:
    other = record("/lib/z.jpg")
    plan = make_plan([star(KEEPER, COPY), star(other, COPY)], ALL)

    assert [(r.victim.file.path, r.keeper.file.path) for r in plan.removals] == [("/lib/b.jpg", "/lib/a.jpg")]
    assert plan.groups[1].members[1].note == "goes as a copy of another file"


def test_the_target_is_the_absolute_path_below_the_target_directory() -> None:
    policy = PlanPolicy(remove=frozenset(REMOVABLE), way=Way.TARGET, target_directory="/dup")
    (removal,) = make_plan([star(record("/lib/x.jpg"), record("/home/u/a.jpg"))], policy).removals

    assert removal.target == "/dup/home/u/a.jpg"


def test_a_target_belongs_to_the_way_target_alone() -> None:
    with pytest.raises(ValueError, match="target"):
        PlanPolicy(remove=frozenset(), target_directory="/dup")
    with pytest.raises(ValueError, match="target"):
        PlanPolicy(remove=frozenset(), way=Way.TARGET)


def test_only_equal_bytes_become_links() -> None:
    policy = PlanPolicy(remove=frozenset(REMOVABLE), way=Way.HARDLINK)

    assert left(KEEPER, COPY, policy) == "only files with the same bytes are replaced by links"
    assert make_plan([star(KEEPER, COPY, relation=Relation.SAME_BYTES)], policy).removals != ()


def test_the_plan_carries_no_fingerprints_and_the_settings_it_was_made_with() -> None:
    policy = PlanPolicy(remove=frozenset(), settings_digest="abc", roots=("/lib",), remove_empty_folders=True)
    plan = make_plan([star(KEEPER, COPY)], policy)

    assert (plan.settings_digest, plan.roots, plan.remove_empty_folders) == ("abc", ("/lib",), True)
    assert all(m.record.fingerprints == () for m in plan.groups[0].members)


def test_the_id_is_a_digest_of_everything_else() -> None:
    plan = make_plan([star(KEEPER, COPY)], ALL)
    again = make_plan([star(KEEPER, COPY)], ALL)
    other = make_plan([star(KEEPER, record("/lib/b.jpg", size=999))], ALL)

    assert len(plan.id) == sha256().digest_size * 2
    assert plan == again
    assert plan.id != other.id


def test_what_undo_brought_back_stays_where_it_is_with_the_content_it_had() -> None:
    note = "was brought back by undo and stays; deduplicate --again puts it aside"

    assert left(KEEPER, COPY, replace(ALL, brought_back=frozenset({(COPY.file.path, COPY.sha256)}))) == note
    for path, content in [("/lib/elsewhere.jpg", COPY.sha256), (COPY.file.path, sha256(b"rewritten").digest())]:
        policy = replace(ALL, brought_back=frozenset({(path, content)}))
        assert len(make_plan([star(KEEPER, COPY)], policy).removals) == 1


def test_what_is_in_a_folder_that_is_mounted_read_only_is_left() -> None:
    policy = replace(ALL, read_only_roots=frozenset({COPY.file.root}))

    assert left(KEEPER, COPY, policy) == "is in a folder that is mounted read-only"
