"""One table a group: the kept file first, then every related file with what happens to it and why.

The path stands last in its row, so that long names are whole, can be copied, and push no column aside.
"""

import textwrap
from collections.abc import Collection, Iterator, Mapping

from py_image_dedup.model.matches import Group, Member, Verb
from py_image_dedup.model.outcomes import Outcome, RunReport, Status
from py_image_dedup.model.plans import Plan, Way
from py_image_dedup.reports.names import counted, mebibytes, printable

NARROWEST = 40
_INDENT = " " * 8
_HEADER = f"{'Action':<8}{'Dist':>6}{'Filesize MiB':>14}{'Pixels':>12}  File path"
_REMOVING = {
    Way.TARGET: "move",
    Way.QUARANTINE: "delete",
    Way.TRASH: "delete",
    Way.HARDLINK: "link",
    Way.REFLINK: "link",
    Way.SYMLINK: "link",
}
_STAYING = {Verb.KEEP: "-", Verb.REVIEW: "review", Verb.LEAVE: "leave"}


def tables(report: RunReport, width: int = 80) -> Iterator[str]:
    """Lines of all tables of a run, an empty line between two. What was refused or failed says so in its row."""
    if report.plan is None:
        return
    outcomes = {o.removal.victim.file.path: o for o in report.outcomes}
    ways = _ways(report.plan)
    merging = {r.victim.file.path for r in report.plan.removals if r.merge}
    for number, group in enumerate(report.plan.groups, 1):
        if number > 1:
            yield ""
        yield f"Group {number:,} of {len(report.plan.groups):,}: {counted(len(group.members), 'file')}"
        yield from _table(group, ways, outcomes, merging, max(width, NARROWEST))


def action(member: Member, way: Way | None) -> str:
    """The word in the column Action: `-` for the file that stays, `delete`, `move`, `link`, `review` or `leave`."""
    return _STAYING.get(member.verb) or _REMOVING[way or Way.QUARANTINE]


def _ways(plan: Plan) -> Mapping[str, Way]:
    return {removal.victim.file.path: removal.way for removal in plan.removals}


def _table(
    group: Group, ways: Mapping[str, Way], outcomes: Mapping[str, Outcome], merging: Collection[str], width: int
) -> Iterator[str]:
    yield _HEADER
    for member in group.members:
        path = member.record.file.path
        outcome = outcomes.get(path)
        yield _row(member, _word(member, ways.get(path), outcome))
        for sentence in _why(member, outcome, merges=member.record.file.path in merging):
            yield from textwrap.wrap(
                sentence, width, initial_indent=_INDENT, subsequent_indent=_INDENT + "  ", break_on_hyphens=False
            )


def _row(member: Member, word: str) -> str:
    facts, file = member.record.facts, member.record.file
    distance = f"{member.match.evidence.distance:.3f}" if member.match else "-"
    pixels = f"{facts.width}x{facts.height}"
    return f"{word:<8}{distance:>6}{mebibytes(file.size):>14}{pixels:>12}  {printable(file.path)}"


def _word(member: Member, way: Way | None, outcome: Outcome | None) -> str:
    if outcome is not None and outcome.status in {Status.REFUSED, Status.FAILED}:
        return str(outcome.status.value)
    return action(member, way)


def _why(member: Member, outcome: Outcome | None, *, merges: bool) -> Iterator[str]:
    if member.match is None:
        return
    yield f"{member.match.relation.value}: {printable(member.match.evidence.words)}; {_rank(member)}"
    if member.note:
        yield f"left: {printable(member.note)}"
    if member.loses:
        kinds = ", ".join(member.loses)
        yield f"into the file that stays: {kinds}" if merges else f"the file that stays lacks its {kinds}"
    if outcome is not None and outcome.reason:
        yield f"{outcome.status.value}: {printable(outcome.reason)}"


def _rank(member: Member) -> str:
    return f"rank {member.rank} by {member.rule}" if member.rule else f"rank {member.rank}"
