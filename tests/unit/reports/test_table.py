from dataclasses import replace

import pytest

from py_image_dedup.keeping.planning import make_plan
from py_image_dedup.keeping.policy import PlanPolicy
from py_image_dedup.model.matches import REMOVABLE, Relation
from py_image_dedup.model.outcomes import Counts, Outcome, RunReport, Status
from py_image_dedup.model.plans import Way
from py_image_dedup.reports.table import tables
from tests.support.plans import small_plan
from tests.support.records import record, star
from tests.support.tree import AWKWARD_NAMES

REPORT = RunReport("r", dry_run=True, counts=Counts(), plan=small_plan())


def test_one_table_a_group_the_kept_file_first() -> None:
    assert list(tables(REPORT)) == [
        "Group 1 of 2: 3 files",
        "Action    Dist  Filesize MiB      Pixels  File path",
        "-            -          4.01   4000x3000  /lib/sea.jpg",
        r"delete   0.031          0.30    1000x750  /lib/\xe9t\xe9.jpg",
        "        same-picture: scaled to 25 %, JPEG quality about 71; rank 2 by",
        "          higher-pixel-count",
        "leave    0.031          0.86     400x300  /lib/sea.gif",
        "        edited: scaled to 25 %, JPEG quality about 71; rank 3 by",
        "          higher-pixel-count",
        "        left: has 12 frames, the keeper has 1",
        "",
        "Group 2 of 2: 2 files",
        "Action    Dist  Filesize MiB      Pixels  File path",
        "-            -          0.00     400x300  /lib/x/1.jpg",
        "review   0.062          0.00     400x300  /lib/x/2.jpg",
        "        look-alike: another photograph of the same thing; rank 2 by",
        "          smaller-distance",
    ]


@pytest.mark.parametrize(("way", "word"), [(Way.TARGET, "move"), (Way.TRASH, "delete"), (Way.SYMLINK, "link")])
def test_the_action_is_the_way_a_file_goes(way: Way, word: str) -> None:
    target = "/dup" if way is Way.TARGET else None
    policy = PlanPolicy(frozenset(REMOVABLE), way=way, target_directory=target)
    plan = make_plan([star(record("/lib/a.jpg"), record("/lib/b.jpg"), relation=Relation.SAME_BYTES)], policy)

    assert [line for line in tables(replace(REPORT, plan=plan)) if line.startswith(word)] != []


@pytest.mark.parametrize("status", [Status.REFUSED, Status.FAILED])
def test_what_was_not_done_says_so_in_its_row(status: Status) -> None:
    (removal,) = small_plan().removals
    lines = list(tables(replace(REPORT, outcomes=(Outcome(removal, status, "the keeper has changed"),))))

    assert lines[3].split()[0] == status.value
    assert f"        {status.value}: the keeper has changed" in lines


def test_a_run_without_a_plan_has_no_tables() -> None:
    assert list(tables(replace(REPORT, plan=None))) == []


def test_whatever_the_names_each_row_is_one_line_and_all_else_fits_the_width() -> None:
    files = [record(f"/lib/{name}") for name in AWKWARD_NAMES]
    plan = make_plan([star(record("/lib/0.jpg"), *files)], PlanPolicy(frozenset(REMOVABLE)))
    lines = list(tables(replace(REPORT, plan=plan), width=60))

    assert [line for line in lines if not line.isprintable()] == []
    assert max(len(line) for line in lines if line.startswith(" ")) <= 60
    assert sum("/lib/" in line for line in lines) == len(files) + 1
