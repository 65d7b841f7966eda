import csv
import os
from pathlib import Path

from py_image_dedup.keeping.planning import make_plan
from py_image_dedup.keeping.policy import PlanPolicy
from py_image_dedup.reports.sheet import COLUMNS, csv_lines
from tests.support.plans import NOT_UTF8, small_plan
from tests.support.records import record, star


def test_each_member_is_a_row_that_reads_back(tmp_path: Path) -> None:
    sheet = tmp_path / "plan.csv"
    with sheet.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        file.writelines(csv_lines(small_plan()))
    with sheet.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        rows = list(csv.DictReader(file))

    assert tuple(rows[0]) == COLUMNS
    assert [(r["group"], r["rank"], r["action"], r["path"], r["relation"]) for r in rows] == [
        ("1", "1", "keep", "/lib/sea.jpg", ""),
        ("1", "2", "remove", NOT_UTF8, "same-picture"),
        ("1", "3", "leave", "/lib/sea.gif", "edited"),
        ("2", "1", "keep", "/lib/x/1.jpg", ""),
        ("2", "2", "review", "/lib/x/2.jpg", "look-alike"),
    ]
    assert os.fsencode(rows[1]["path"]) in sheet.read_bytes()


def test_a_name_with_a_newline_stays_one_cell() -> None:
    plan = make_plan([star(record("/lib/a\nb,c.jpg"))], PlanPolicy(frozenset()))

    assert next(csv.reader(list(csv_lines(plan))[1:]))[3] == "/lib/a\nb,c.jpg"


def test_a_cell_is_never_a_formula() -> None:
    plan = make_plan([star(record("/lib/a.jpg", camera="=HYPERLINK(1)"))], PlanPolicy(frozenset()))

    assert next(csv.reader(list(csv_lines(plan))[1:]))[-1] == "'=HYPERLINK(1)"
