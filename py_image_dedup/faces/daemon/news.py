"""What a run tells that the run before it did not: else every new picture would repeat all series of a library."""

from collections.abc import Collection, Hashable, Iterator
from dataclasses import fields, replace
from typing import Any

from py_image_dedup.model.matches import Group
from py_image_dedup.model.outcomes import FolderOutcome, Outcome, RunReport, Status
from py_image_dedup.model.plans import Plan


class News:
    """Remembers what the last run told by one hash for each pair and each trouble: 20 MB for 200,000 of them."""

    def __init__(self) -> None:
        self._told: frozenset[int] = frozenset()

    def of(self, report: RunReport) -> RunReport:
        """The report without what the last one told already. What was done is always news."""
        now = frozenset(map(hash, _facts(report)))
        fresh, self._told = now - self._told, now
        lists: dict[str, Any] = {
            name: tuple(one for one in told if _is_new(one, fresh)) for name, told in _lists(report)
        }
        return replace(report, plan=None if report.plan is None else _narrowed(report.plan, fresh), **lists)


def is_worth_telling(news: RunReport) -> bool:
    """Whether a person should hear of it: something was found, done, or went wrong at the doing."""
    return bool(news.outcomes or (news.plan is not None and news.plan.groups))


def _facts(report: RunReport) -> Iterator[Hashable]:
    for group in report.plan.groups if report.plan is not None else ():
        yield from _pairs(group)
    for _, told in _lists(report):
        yield from map(_fact, told)


def _lists(report: RunReport) -> list[tuple[str, tuple[Any, ...]]]:
    """Everything else that a report holds, whatever there will be."""
    values = ((field.name, getattr(report, field.name)) for field in fields(report))
    return [(name, value) for name, value in values if isinstance(value, tuple)]


def _pairs(group: Group) -> Iterator[Hashable]:
    """Without the evidence and the rank: a pair is no news because another one of its group went."""
    keeper = group.keeper.record.file.path
    for member in group.members[1:]:
        yield keeper, member.record.file.path, member.match and member.match.relation, member.verb


def _fact(told: Any) -> Hashable:
    """Of an act without its plan: the same failure again is no news."""
    if isinstance(told, Outcome):
        return told.removal.victim.file.path, told.status, told.reason
    fact: Hashable = told
    return fact


def _is_new(told: Any, fresh: Collection[int]) -> bool:
    done = isinstance(told, Outcome | FolderOutcome) and told.status is Status.DONE
    return done or hash(_fact(told)) in fresh


def _narrowed(plan: Plan, fresh: Collection[int]) -> Plan:
    groups = tuple(group for group in plan.groups if any(hash(pair) in fresh for pair in _pairs(group)))
    shown = {member.record.file.path for group in groups for member in group.members}
    removals = tuple(removal for removal in plan.removals if removal.victim.file.path in shown)
    return replace(plan, groups=groups, removals=removals)
