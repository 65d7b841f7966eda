"""Plans and reports as JSON; what a person may change in a plan file, and what is refused."""

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from py_image_dedup.model.errors import SettingsError
from py_image_dedup.model.matches import Verb
from py_image_dedup.model.outcomes import Counts, RunReport
from py_image_dedup.model.wire import TAKEN_OUT, identified, plan_from_json, plan_to_json, report_object, report_to_json
from tests.support.plans import NOT_UTF8, small_plan, small_report

PLAN = small_plan()
Edit = Callable[[dict[str, Any]], object]


def edited(edit: Edit) -> str:
    document = json.loads(plan_to_json(PLAN))
    edit(document)
    return json.dumps(document)


def test_a_plan_comes_back_as_it_was() -> None:
    assert plan_from_json(plan_to_json(PLAN)) == PLAN


def test_a_report_can_be_applied_as_the_plan_it_holds() -> None:
    assert plan_from_json(report_to_json(small_report())) == PLAN


def test_names_that_are_not_utf8_come_back_byte_for_byte() -> None:
    text = plan_to_json(PLAN)

    assert text.isascii()
    assert "\\udce9t\\udce9.jpg" in text
    assert os.fsencode(plan_from_json(text).removals[0].victim.file.path) == b"/lib/\xe9t\xe9.jpg"


def test_the_id_does_not_depend_on_the_id() -> None:
    assert identified(identified(PLAN)).id == PLAN.id


def take_removal_out(plan: dict[str, Any]) -> None:
    plan["removals"].clear()


def take_group_out(plan: dict[str, Any]) -> None:
    del plan["groups"][0]


def take_member_out(plan: dict[str, Any]) -> None:
    del plan["groups"][0]["members"][1]


def say_leave(plan: dict[str, Any]) -> None:
    plan["groups"][0]["members"][1]["verb"] = "leave"


@pytest.mark.parametrize("edit", [take_removal_out, take_group_out, take_member_out, say_leave])
def test_an_entry_taken_out_in_either_list_does_not_go(edit: Edit) -> None:
    plan = plan_from_json(edited(edit))

    assert plan.removals == ()
    assert plan.id != PLAN.id
    assert all(m.verb is not Verb.REMOVE for g in plan.groups for m in g.members)


def test_a_member_whose_removal_was_taken_out_says_so() -> None:
    member = plan_from_json(edited(take_removal_out)).groups[0].members[1]

    assert (member.verb, member.note) == (Verb.LEAVE, TAKEN_OUT)


def put(*steps: str | int, value: object) -> Edit:
    def edit(document: Any) -> None:
        for step in steps[:-1]:
            document = document[step]
        document[steps[-1]] = value

    return edit


def repeat_removal(plan: dict[str, Any]) -> None:
    plan["removals"].append(plan["removals"][0])


def remove_the_keeper(plan: dict[str, Any]) -> None:
    plan["removals"][0]["victim"] = plan["removals"][0]["keeper"]


def drop_the_keeper(plan: dict[str, Any]) -> None:
    del plan["groups"][0]["members"][0]


VICTIM = ("removals", 0, "victim")


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (put("format", value="plan 9"), "it holds no plan"),
        (put("groups", value=None), "groups: expected a list, found null"),
        (put("colour", value=1), "unknown field 'colour'"),
        (put(*VICTIM, "file", "inode", value="x"), r"removals\[0\].victim.file.inode: expected a whole number"),
        (put("removals", 0, "relation", value="twin"), r"removals\[0\].relation: 'twin' is none of: same-bytes"),
        (put("removals", 0, "relation", value="look-alike"), r"removals\[0\]: a look-alike is another photograph"),
        (put(*VICTIM, "sha256", value="00"), r"removals\[0\]: a sha256 has 64 hexadecimal digits"),
        (put(*VICTIM, "file", "path", value="b.jpg"), r"removals\[0\]: 'b.jpg' is not an absolute path"),
        (put(*VICTIM, "file", "path", value="/lib/\0"), "is not an absolute path"),
        (put(*VICTIM, "file", "path", value="/lib/\ud800"), "is not an absolute path"),
        (put("removals", 0, "target", value="dup"), "'dup' is not an absolute path"),
        (repeat_removal, r"removals\[1\]: .* would be removed twice"),
        (remove_the_keeper, r"removals\[0\]: '/lib/sea.jpg' would be removed and is kept"),
        (drop_the_keeper, r"groups\[0\]: its first member is not kept"),
        (put("groups", 0, "members", value=[]), r"groups\[0\]: its first member is not kept"),
        (put("groups", 0, "members", 1, "match", "evidence", "distance", value=float("nan")), "NaN is no number"),
    ],
)
def test_anything_else_is_refused_in_one_sentence(edit: Edit, said: str) -> None:
    with pytest.raises(SettingsError, match=f"^the file p.json cannot be used: .*{said}.*") as raised:
        plan_from_json(edited(edit), "the file p.json")

    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"plan": null}', "[" * 100_000, '{"a": ' + "9" * 5000 + "}"])
def test_a_text_that_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="the plan cannot be used"):
        plan_from_json(text)


def test_a_report_is_one_object_with_run_plan_counts_errors_and_groups() -> None:
    report = report_object(small_report())

    assert list(report) == ["run", "plan", "counts", "errors", "groups", "elsewhere"]


def test_every_member_of_every_group_is_reported_the_keeper_too() -> None:
    groups = json.loads(report_to_json(small_report()))["groups"]
    rows = [[(m["path"], m["relation"], m["rank"], m["rule"], m["action"]) for m in g["members"]] for g in groups]

    assert [g["keeper"] for g in groups] == ["/lib/sea.jpg", "/lib/x/1.jpg"]
    assert rows == [
        [
            ("/lib/sea.jpg", None, 1, None, "keep"),
            (NOT_UTF8, "same-picture", 2, "higher-pixel-count", "remove"),
            ("/lib/sea.gif", "edited", 3, "higher-pixel-count", "leave"),
        ],
        [("/lib/x/1.jpg", None, 1, None, "keep"), ("/lib/x/2.jpg", "look-alike", 2, "smaller-distance", "review")],
    ]


def test_errors_are_everything_that_could_not_be_looked_at_or_done() -> None:
    assert report_object(small_report())["errors"] == [
        {"path": "/lib/secret", "kind": "not walked", "reason": "permission denied"},
        {"path": "/lib/bad.jpg", "kind": "damaged", "reason": "the file ends in its middle"},
        {"path": "/lib/empty", "kind": "failed", "reason": "permission denied"},
    ]


def test_a_run_without_a_plan_has_the_same_shape() -> None:
    report = report_object(RunReport("r", dry_run=True, counts=Counts(files=2)))

    assert (report["plan"], report["errors"], report["groups"]) == (None, [], [])
