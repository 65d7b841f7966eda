"""Stars -> Plan. The same plan, byte for byte, for the same library, whatever order the stars come in."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from py_image_dedup.keeping.judging import Pair, judge
from py_image_dedup.keeping.policy import PlanPolicy
from py_image_dedup.keeping.ranking import NOTHING_DAMAGED, deciding_rule, rank
from py_image_dedup.keeping.together import Departure, Digest, Togetherness
from py_image_dedup.keeping.units import Units
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import Group, Match, Member, Star, Verb
from py_image_dedup.model.plans import Plan, PlannedRemoval, Subject, Way
from py_image_dedup.model.wire import identified

# The rule of a member that the rules prefer to the keeper, but that is bound to it by a weaker relation only.
BY_RELATION = "relation"


def unread(_: ImageFile) -> bytes | None:
    """A digest for libraries without companions: every companion counts as unreadable, so its picture stays."""
    return None


def make_plan(
    stars: Iterable[Star],
    policy: PlanPolicy,
    units: Units | None = None,
    digest: Digest = unread,
    damaged: frozenset[bytes] = NOTHING_DAMAGED,
) -> Plan:
    """Ranks and judges the members of each star, and plans the removals that are allowed.

    Promises: a keeper is never removed, a file is removed at most once, look-alikes and files with a damaged keeper
    never go, units go together or not at all. `digest` gives the SHA-256 of companions, `damaged` holds the SHA-256
    of contents that do not decode completely.
    """
    drafts = sorted((_draft(star, policy, damaged) for star in stars), key=lambda d: d.star.keeper.file.path)
    drafts = [_settle(d, notes) for d, notes in _without_conflicts(drafts)]
    along: Mapping[str, tuple[Subject, ...]] = {}
    if not policy.links:
        together = Togetherness(units or Units(), digest)
        torn = together.torn({d.path: d for draft in drafts for d in draft.departures()})
        drafts = [_settle(draft, torn) for draft in drafts]
        along = together.taken_along([d.path for draft in drafts for d in draft.departures()])
    return identified(
        Plan(
            id="",
            settings_digest=policy.settings_digest,
            roots=policy.roots,
            groups=tuple(Group(draft.members) for draft in drafts),
            removals=tuple(r for draft in drafts for r in _removals(draft, policy, along, damaged)),
            remove_empty_folders=policy.remove_empty_folders,
        )
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    """A star with its members ranked and judged so far; `members[0]` is the keeper."""

    star: Star
    members: tuple[Member, ...]

    def departures(self) -> Iterator[Departure]:
        keeper = self.star.keeper.file.path
        return (Departure(m.record.file.path, keeper) for m in self.members if m.verb is Verb.REMOVE)


def _draft(star: Star, policy: PlanPolicy, damaged: frozenset[bytes]) -> _Draft:
    keeper, matches = star.keeper, {record.file.path: match for record, match in star.others}
    distances = {path: match.evidence.distance for path, match in matches.items()}
    # The keeper was chosen along the strongest relations; among the others only the rules decide.
    others = rank((record for record, _ in star.others), policy.rules, distances, damaged, policy.preferences)
    members = [Member(_lean(keeper), None, 1, "", Verb.KEEP)]
    for number, (record, rule) in enumerate(others, 2):
        match = matches[record.file.path]
        told = judge(Pair(keeper, record, match), policy, damaged)
        decided = rule or _rule_for(keeper, record, match, policy, damaged)
        members.append(Member(_lean(record), match, number, decided, told.verb, told.note))
    return _Draft(star, tuple(members))


def _rule_for(
    keeper: ImageRecord, member: ImageRecord, match: Match, policy: PlanPolicy, damaged: frozenset[bytes]
) -> str:
    return (
        deciding_rule(keeper, member, policy.rules, match.evidence.distance, damaged, policy.preferences) or BY_RELATION
    )


def _lean(record: ImageRecord) -> ImageRecord:
    """Without fingerprints: a plan is for people and for the disk, and they are kilobytes a picture."""
    return replace(record, fingerprints=())


def _settle(draft: _Draft, notes: Mapping[str, str]) -> _Draft:
    """The draft with those members left that have a note."""
    members = (
        replace(m, verb=Verb.LEAVE, note=notes[m.record.file.path])
        if m.verb is Verb.REMOVE and m.record.file.path in notes
        else m
        for m in draft.members
    )
    return replace(draft, members=tuple(members))


def _without_conflicts(drafts: Sequence[_Draft]) -> Iterator[tuple[_Draft, dict[str, str]]]:
    """Each draft with notes on members that another star keeps or removes already. Sound stars have none."""
    keepers = {draft.star.keeper.file.identity for draft in drafts}
    kept_paths = {draft.star.keeper.file.path for draft in drafts}
    gone: set[str] = set()
    for draft in drafts:
        going = [m.record.file for m in draft.members if m.verb is Verb.REMOVE]
        notes = {f.path: "is kept in another group" for f in going if f.identity in keepers or f.path in kept_paths}
        notes |= {f.path: "goes as a copy of another file" for f in going if f.path in gone}
        gone.update(f.path for f in going)
        yield draft, notes


def _removals(
    draft: _Draft, policy: PlanPolicy, along: Mapping[str, tuple[Subject, ...]], damaged: frozenset[bytes]
) -> Iterator[PlannedRemoval]:
    keeper = draft.star.keeper
    for member in draft.members:
        if member.verb is not Verb.REMOVE or member.match is None:
            continue
        record, match = member.record, member.match
        yield PlannedRemoval(
            victim=Subject(record.file, record.sha256),
            keeper=Subject(keeper.file, keeper.sha256),
            relation=match.relation,
            rule=_rule_for(keeper, record, match, policy, damaged),
            way=policy.way,
            target=_target(record.file.path, policy),
            companions=along.get(record.file.path, ()),
        )


def _target(path: str, policy: PlanPolicy) -> str | None:
    """Where the file goes: the target directory with the absolute source path below it, without its root."""
    if policy.way is not Way.TARGET or policy.target_directory is None:
        return None
    if not os.path.isabs(path):
        raise ValueError(f"a planned path is absolute; this one is not: {path!r}")
    return os.path.join(policy.target_directory, os.path.splitdrive(path)[1].lstrip(os.sep))
