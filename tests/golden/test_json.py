"""The documents that other programs read: a change of shape shows as a change of these files.

After a wanted change: `python -m tests.golden.test_json` writes them anew; the changelog says what changed.
"""

import json
from pathlib import Path

from py_image_dedup.model.codec import encode
from py_image_dedup.model.matches import Evidence
from py_image_dedup.model.wire import plan_to_json, report_to_json
from tests.support.plans import small_plan, small_report

FOLDER = Path(__file__).parent / "json"
DOCUMENTS = {"plan.json": plan_to_json(small_plan()), "report.json": report_to_json(small_report())}


def test_a_plan_file_has_the_shape_that_was_published() -> None:
    assert (FOLDER / "plan.json").read_text("ascii") == DOCUMENTS["plan.json"] + "\n"


def test_a_report_has_the_shape_that_was_published() -> None:
    assert (FOLDER / "report.json").read_text("ascii") == DOCUMENTS["report.json"] + "\n"


def test_the_documentation_shows_the_fields_of_evidence() -> None:
    fields = encode(Evidence(""))
    assert isinstance(fields, dict)
    page = (Path(__file__).resolve().parents[2] / "docs/json.md").read_text("utf-8")

    assert [name for name in fields if f"`{name}`" not in page] == []


def test_the_documentation_shows_the_fields_of_a_report() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/json.md").read_text("utf-8")
    report = json.loads(DOCUMENTS["report.json"])
    names = {*report, *report["run"], *report["plan"], *report["counts"], *report["errors"][0]}
    names |= {*report["elsewhere"][0]}
    names |= {*report["groups"][0]["members"][0], *report["run"]["outcomes"][0], *report["run"]["folders"][0]}

    assert sorted(name for name in names if f"`{name}`" not in page) == []


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in DOCUMENTS.items():
        (FOLDER / name).write_text(text + "\n", "ascii")
