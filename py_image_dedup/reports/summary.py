"""The first answer in a few lines, and what was done. Numbers like "Files moved" count acts, not wishes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from py_image_dedup.model.matches import Member, Relation, Verb
from py_image_dedup.model.outcomes import Outcome, RunReport, Status
from py_image_dedup.model.plans import Plan, Way
from py_image_dedup.reports.names import counted, mebibytes, printable

LINKS = {Way.HARDLINK, Way.REFLINK, Way.SYMLINK}
_BY_DEFAULT_SHOWN = "shown as a series"


@dataclass(frozen=True, slots=True)
class RelationTotal:
    """All members that have one relation to their keeper."""

    relation: Relation
    members: tuple[Member, ...]

    @property
    def size(self) -> int:
        """Bytes of these files together."""
        return sum(m.record.file.size for m in self.members)

    def number(self, verb: Verb) -> int:
        """How many of them the plan treats so."""
        return sum(m.verb is verb for m in self.members)


def relation_totals(plan: Plan) -> tuple[RelationTotal, ...]:
    """The relations that occur, strongest first."""
    members = [m for group in plan.groups for m in group.members]
    by_relation = {r: tuple(m for m in members if m.match and m.match.relation is r) for r in Relation}
    return tuple(RelationTotal(relation, found) for relation, found in by_relation.items() if found)


def first_answer(plan: Plan) -> Iterator[str]:
    """Groups, and files and bytes by relation: what was found, before the table."""
    totals = relation_totals(plan)
    if not totals:
        yield "No duplicates found."
        return
    related = sum(len(total.members) for total in totals)
    yield f"{counted(len(plan.groups), 'group')}: {counted(related, 'file')} related to the one that stays"
    for total in totals:
        files = counted(len(total.members), "file")
        yield f"  {total.relation.value:<13}{files:>14}{mebibytes(total.size):>13} MiB   {_fate(total)}"
    going = [removal.victim.file for removal in plan.removals]
    yield f"To be put aside: {counted(len(going), 'file')}, {mebibytes(sum(f.size for f in going))} MiB"


def _fate(total: RelationTotal) -> str:
    if total.relation is Relation.LOOK_ALIKE:
        return _BY_DEFAULT_SHOWN
    parts = ((Verb.REMOVE, "to go"), (Verb.REVIEW, "for review"), (Verb.LEAVE, "left"))
    return ", ".join(f"{total.number(verb):,} {words}" for verb, words in parts if total.number(verb))


def what_was_done(report: RunReport) -> Iterator[str]:
    """The closing numbers of a run, then the folders. In a dry run nothing was moved or deleted, and it says so."""
    done = [o for o in report.outcomes if o.status is Status.DONE]
    yield f"Files with duplicates: {_files_with_duplicates(report.plan)}"
    yield f"Files moved: {sum(o.removal.way is Way.TARGET for o in done)}"
    yield f"Files deleted: {sum(o.removal.way is not Way.TARGET and o.removal.way not in LINKS for o in done)}"
    if linked := sum(o.removal.way in LINKS for o in done):
        yield f"Files replaced by links: {linked}"
    yield from _not_done(report.outcomes)
    yield from _folders(report)


def _files_with_duplicates(plan: Plan | None) -> int:
    """Kept files with at least one copy; a mere look-alike is no copy."""
    groups = plan.groups if plan else ()
    return sum(any(m.match and m.match.relation is not Relation.LOOK_ALIKE for m in g.members) for g in groups)


def _not_done(outcomes: Sequence[Outcome]) -> Iterator[str]:
    for status, words in ((Status.REFUSED, "Files refused"), (Status.FAILED, "Files failed")):
        found = [o for o in outcomes if o.status is status]
        if found:
            yield f"{words}: {len(found)}"
            yield from (f"  {printable(o.removal.victim.file.path)}: {printable(o.reason)}" for o in found)


def _folders(report: RunReport) -> Iterator[str]:
    removed = [f.path for f in report.folders if f.status is Status.DONE]
    if removed:
        yield f"Removed (empty) folders ({len(removed)}):"
        yield from _indented(removed)
    left = [f for f in report.folders if f.status is not Status.DONE]
    if left:
        yield f"Folders not removed ({len(left)}):"
        yield from (f"  {printable(f.path)}: {printable(f.reason)}" for f in left)


def _indented(paths: Iterable[str]) -> Iterator[str]:
    return (f"  {printable(path)}" for path in paths)
