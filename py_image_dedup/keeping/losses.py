"""What goes with a copy that the file that stays does not say: shown, and on demand moved into it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from py_image_dedup.model.descriptions import Description
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import Group, Member, Relation, Verb
from py_image_dedup.model.plans import Plan
from py_image_dedup.model.wire import identified

Descriptions = Mapping[bytes, Description]
"""By the SHA-256 of the content; what could not be read has none and says nothing."""
_NOTHING = Description()


def asked_for(plan: Plan) -> Iterator[ImageRecord]:
    """The files whose descriptions decide: those that go, and those that stay for them. Same bytes say the same."""
    for group in plan.groups:
        going = [member.record for member in group.members if _may_lose(member)]
        if going:
            yield from (group.keeper.record, *going)


def with_losses(plan: Plan, descriptions: Descriptions, *, merge: bool) -> Plan:
    """The plan with what each member that goes alone says; with `merge`, the removals say what is to be moved.

    Of several copies the better one gives first; the next ones give what is lacking then.
    """
    merged: dict[str, tuple[str, ...]] = {}
    groups = tuple(_group(group, descriptions, merged) for group in plan.groups)
    if groups == plan.groups:
        return plan
    removals = tuple(replace(r, merge=merged.get(r.victim.file.path, ())) if merge else r for r in plan.removals)
    return identified(replace(plan, groups=groups, removals=removals))


def _group(group: Group, descriptions: Descriptions, merged: dict[str, tuple[str, ...]]) -> Group:
    keeper = descriptions.get(group.keeper.record.sha256, _NOTHING)
    so_far, members = keeper, []
    for member in group.members:
        if _may_lose(member):
            says = descriptions.get(member.record.sha256, _NOTHING)
            merged[member.record.file.path] = so_far.lacks(says)
            so_far = so_far.with_all_of(says, so_far.lacks(says))
            member = replace(member, loses=keeper.lacks(says))  # noqa: PLW2901 - the same one, told more of
        members.append(member)
    return Group(tuple(members))


def _may_lose(member: Member) -> bool:
    return member.verb is Verb.REMOVE and member.match is not None and member.match.relation is not Relation.SAME_BYTES
