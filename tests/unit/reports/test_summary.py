from dataclasses import replace

from py_image_dedup.keeping.planning import make_plan
from py_image_dedup.keeping.policy import PlanPolicy
from py_image_dedup.model.matches import REMOVABLE, Relation
from py_image_dedup.model.outcomes import Counts, FolderOutcome, Outcome, RunReport, Status
from py_image_dedup.model.plans import Plan, Way
from py_image_dedup.reports.summary import first_answer, what_was_done
from tests.support.plans import small_plan, small_report
from tests.support.records import record, star

EMPTY = replace(small_plan(), groups=(), removals=())


def plan_of(way: Way, copies: int) -> Plan:
    target = "/dup" if way is Way.TARGET else None
    members = [record(f"/lib/{n}.jpg") for n in range(copies)]
    policy = PlanPolicy(frozenset(REMOVABLE), way=way, target_directory=target)
    return make_plan([star(record("/lib/a.jpg"), *members, relation=Relation.SAME_BYTES)], policy)


def done(way: Way, *statuses: Status) -> list[str]:
    plan = plan_of(way, len(statuses))
    outcomes = [Outcome(r, s, "changed since") for r, s in zip(plan.removals, statuses, strict=True)]
    return list(what_was_done(RunReport("r", dry_run=False, counts=Counts(), plan=plan, outcomes=tuple(outcomes))))


def test_the_first_answer_gives_groups_and_files_and_bytes_by_relation() -> None:
    assert list(first_answer(small_plan())) == [
        "2 groups: 3 files related to the one that stays",
        "  same-picture         1 file         0.30 MiB   1 to go",
        "  edited               1 file         0.86 MiB   1 left",
        "  look-alike           1 file         0.00 MiB   shown as a series",
        "To be put aside: 1 file, 0.30 MiB",
    ]


def test_nothing_found_is_said() -> None:
    assert list(first_answer(EMPTY)) == ["No duplicates found."]


def test_moved_files_are_counted_as_moved() -> None:
    assert done(Way.TARGET, Status.DONE, Status.DONE) == [
        "Files with duplicates: 1",
        "Files moved: 2",
        "Files deleted: 0",
    ]


def test_files_put_aside_are_counted_as_deleted() -> None:
    assert done(Way.QUARANTINE, Status.DONE)[1:] == ["Files moved: 0", "Files deleted: 1"]


def test_links_are_counted_apart() -> None:
    assert done(Way.HARDLINK, Status.DONE)[1:] == [
        "Files moved: 0",
        "Files deleted: 0",
        "Files replaced by links: 1",
    ]


def test_what_was_refused_or_failed_is_not_counted_as_done_and_has_its_reason() -> None:
    assert done(Way.QUARANTINE, Status.REFUSED, Status.DONE, Status.FAILED)[1:] == [
        "Files moved: 0",
        "Files deleted: 1",
        "Files refused: 1",
        "  /lib/0.jpg: changed since",
        "Files failed: 1",
        "  /lib/2.jpg: changed since",
    ]


def test_a_dry_run_has_moved_and_deleted_nothing() -> None:
    report = replace(small_report(), dry_run=True, outcomes=(), folders=())

    assert list(what_was_done(report)) == ["Files with duplicates: 1", "Files moved: 0", "Files deleted: 0"]


def test_folders_are_listed_by_what_became_of_them() -> None:
    folders = (FolderOutcome("/lib/gone", Status.DONE), FolderOutcome("/lib/st\nays", Status.REFUSED, "not empty"))

    assert list(what_was_done(replace(small_report(), folders=folders)))[3:] == [
        "Removed (empty) folders (1):",
        "  /lib/gone",
        "Folders not removed (1):",
        r"  /lib/st\nays: not empty",
    ]
