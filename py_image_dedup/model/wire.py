"""The JSON documents: a plan (plan files, `apply`) and a report (`--json`). docs/json.md describes both.

Text is ASCII: bytes of a path that are not UTF-8 stand as lone surrogates `\\udc80`..`\\udcff`, as `os.fsdecode` makes
them, so that `os.fsencode` gives the exact name back.
"""

import dataclasses
import hashlib
import json
import os
import typing
from collections.abc import Iterator

from py_image_dedup.model.codec import Json, Misfit, decode, encode
from py_image_dedup.model.descriptions import KINDS
from py_image_dedup.model.elsewhere import CopyElsewhere
from py_image_dedup.model.errors import SettingsError
from py_image_dedup.model.matches import Group, Member, Relation, Verb
from py_image_dedup.model.outcomes import Outcome, RunReport, Status
from py_image_dedup.model.plans import Plan, PlannedRemoval, Subject, Way

# Containers nested deeper stand on one line. The standard indentation would use the slow encoder for all of it.
PLAN_DEPTH, REPORT_DEPTH = 5, 6
PLAN_FORMAT = "py-image-dedup plan 1"
TAKEN_OUT = "was taken out of the plan"


def identified(plan: Plan) -> Plan:
    """The plan with its id: the SHA-256, in hexadecimal, of the canonical JSON of everything else."""
    content = typing.cast("dict[str, Json]", encode(plan))
    del content["id"]
    canonical = json.dumps(content, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return dataclasses.replace(plan, id=hashlib.sha256(canonical.encode("ascii")).hexdigest())


def plan_to_json(plan: Plan) -> str:
    """A plan file: ASCII, in short lines, to be read and changed by a person."""
    return _text(_plan_object(plan), PLAN_DEPTH)


def plan_from_json(text: str, source: str = "the plan") -> Plan:
    """The plan in a plan file or in a report, with the id of what it now says.

    A person may take entries out. A file goes only if `groups` says `remove` and `removals` lists it, for the same
    keeper; where one of them no longer does, it is left. Raises `SettingsError` with one sentence that names
    `source`, the place and the reason for anything else that does not fit.
    """
    try:
        plan = decode(Plan, _plan_content(json.loads(text, parse_constant=_no_constant)))
        _check(plan)
    except (Misfit, ValueError, RecursionError) as error:
        raise SettingsError([f"{source} cannot be used: {error}; make it anew, or undo the change"]) from None
    return identified(_reconciled(plan))


def report_to_json(report: RunReport) -> str:
    """The answer of `--json`: one object with run, plan, counts, errors, groups and elsewhere."""
    return _text(report_object(report), REPORT_DEPTH)


def report_object(report: RunReport) -> dict[str, Json]:
    """The report as plain JSON values."""
    groups = report.plan.groups if report.plan else ()
    return {
        "run": {
            "id": report.run_id,
            "dry_run": report.dry_run,
            "outcomes": [_outcome(o) for o in report.outcomes],
            "folders": [encode(f) for f in report.folders],
            "passed_over": [encode(p) for p in report.passed_over],
            "notes": list(report.notes),
        },
        "plan": _plan_object(report.plan) if report.plan else None,
        "counts": encode(report.counts),
        "errors": list(_errors(report)),
        "groups": [
            {"keeper": group.keeper.record.file.path, "members": [_member(m) for m in group.members]}
            for group in groups
        ],
        "elsewhere": [_elsewhere(copy) for copy in report.elsewhere],
    }


def _elsewhere(copy: CopyElsewhere) -> Json:
    record = copy.other.record
    return {
        "path": copy.path,
        "host": copy.other.host,
        "copy": record.file.path,
        "size": record.file.size,
        "width": record.facts.width,
        "height": record.facts.height,
        "same_bytes": copy.same_bytes,
        "distance": copy.distance,
    }


_on_one_line = json.JSONEncoder(ensure_ascii=True, allow_nan=False).encode


def _text(value: Json, depth: int, indent: str = "\n") -> str:
    """JSON with the outer `depth` levels one item a line."""
    if depth == 0 or not value or not isinstance(value, dict | list):
        return _on_one_line(value)
    deeper = indent + " "
    if isinstance(value, dict):
        fields = (f"{_on_one_line(name)}: {_text(v, depth - 1, deeper)}" for name, v in value.items())
        return f"{{{deeper}{f',{deeper}'.join(fields)}{indent}}}"
    items = (_text(v, depth - 1, deeper) for v in value)
    return f"[{deeper}{f',{deeper}'.join(items)}{indent}]"


def _no_constant(name: str) -> Json:
    raise Misfit(f"{name} is no number")


def _plan_object(plan: Plan) -> dict[str, Json]:
    return {"format": PLAN_FORMAT, **typing.cast("dict[str, Json]", encode(plan))}


def _plan_content(document: Json) -> Json:
    """The fields of the plan in a plan file, or in the report that holds one."""
    if isinstance(document, dict) and "plan" in document:
        document = document["plan"]
    if not isinstance(document, dict) or document.get("format") != PLAN_FORMAT:
        raise Misfit(f'it holds no plan (an object with "format": "{PLAN_FORMAT}")')
    return {name: value for name, value in document.items() if name != "format"}


def _check(plan: Plan) -> None:
    """Raises `Misfit` for a plan that must not be carried out, whoever wrote it."""
    if problem := next(_problems(plan), None):
        raise Misfit(problem)


def _problems(plan: Plan) -> Iterator[str]:
    for number, group in enumerate(plan.groups):
        if not group.members or group.keeper.verb is not Verb.KEEP:
            yield f"groups[{number}]: its first member is not kept"
    kept = {removal.keeper.file.path for removal in plan.removals}
    gone: set[str] = set()
    for number, removal in enumerate(plan.removals):
        leaving = [removal.victim, *removal.companions]
        paths = [subject.file.path for subject in leaving]
        if problem := _removal_problem(removal, leaving) or _path_problem(paths, kept, gone):
            yield f"removals[{number}]: {problem}"
        gone.update(paths)


def _removal_problem(removal: PlannedRemoval, leaving: list[Subject]) -> str:
    subjects = [removal.keeper, *leaving]
    if removal.relation is Relation.LOOK_ALIKE:
        return "a look-alike is another photograph and is never removed"
    if removal.way is Way.MERGED:
        return "merged is no way to remove a file"
    if not set(removal.merge) <= set(KINDS):
        return f"merge names kinds of metadata: {', '.join(KINDS)}"
    if any(len(subject.sha256) != hashlib.sha256().digest_size for subject in subjects):
        return "a sha256 has 64 hexadecimal digits"
    named = [subject.file.path for subject in subjects] + ([removal.target] if removal.target is not None else [])
    wrong = next((path for path in named if not _usable(path)), None)
    return "" if wrong is None else f"{wrong!r} is not an absolute path"


def _usable(path: str) -> bool:
    try:
        return os.path.isabs(path) and b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        return False


def _path_problem(paths: list[str], kept: set[str], gone: set[str]) -> str:
    if both := next((path for path in paths if path in kept), None):
        return f"{both!r} would be removed and is kept for another file"
    twice = next((path for n, path in enumerate(paths) if path in gone or path in paths[:n]), None)
    return f"{twice!r} would be removed twice" if twice else ""


def _reconciled(plan: Plan) -> Plan:
    """Only removals on which `groups` and `removals` agree; members that lost theirs are left."""
    marked = {
        (group.keeper.record.file.path, m.record.file.path)
        for group in plan.groups
        for m in group.members
        if m.verb is Verb.REMOVE
    }
    removals = tuple(r for r in plan.removals if (r.keeper.file.path, r.victim.file.path) in marked)
    going = {(r.keeper.file.path, r.victim.file.path) for r in removals}
    groups = tuple(Group(tuple(_agreeing(m, group.keeper, going) for m in group.members)) for group in plan.groups)
    return dataclasses.replace(plan, groups=groups, removals=removals)


def _agreeing(member: Member, keeper: Member, going: set[tuple[str, str]]) -> Member:
    if member.verb is not Verb.REMOVE or (keeper.record.file.path, member.record.file.path) in going:
        return member
    return dataclasses.replace(member, verb=Verb.LEAVE, note=TAKEN_OUT)


def _member(member: Member) -> Json:
    """One file of a group as a report shows it; the keeper has no relation, distance or evidence."""
    match = member.match
    return {
        "path": member.record.file.path,
        "relation": match.relation.value if match else None,
        "distance": match.evidence.distance if match else None,
        "evidence": encode(match.evidence) if match else None,
        "rank": member.rank,
        "rule": member.rule or None,
        "action": member.verb.value,
        "note": member.note or None,
        "loses": list(member.loses),
    }


def _outcome(outcome: Outcome) -> Json:
    return {
        "path": outcome.removal.victim.file.path,
        "keeper": outcome.removal.keeper.file.path,
        "status": outcome.status.value,
        "reason": outcome.reason,
        "now_at": outcome.now_at,
    }


def _errors(report: RunReport) -> Iterator[Json]:
    """Everything that could not be looked at or done, in the order of the run."""
    for place in report.not_walked:
        yield _error(place.path, "not walked", place.reason)
    for unreadable in report.unreadable:
        yield _error(unreadable.file.path, unreadable.kind.value, unreadable.reason)
    bad = {Status.REFUSED, Status.FAILED}
    for outcome in report.outcomes:
        if outcome.status in bad:
            yield _error(outcome.removal.victim.file.path, outcome.status.value, outcome.reason)
    for folder in report.folders:
        if folder.status in bad:
            yield _error(folder.path, folder.status.value, folder.reason)


def _error(path: str, kind: str, reason: str) -> Json:
    return {"path": path, "kind": kind, "reason": reason}
