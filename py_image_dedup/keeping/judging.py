"""Why a member stays although its relation is acted on: one small function a reason.

Units are judged apart (`together.py`), because there the fate of one file depends on that of others.
"""

from collections.abc import Callable
from dataclasses import dataclass

from py_image_dedup.keeping.policy import PlanPolicy
from py_image_dedup.model.images import ImageFacts, ImageRecord
from py_image_dedup.model.matches import REMOVABLE, Match, Relation, Verb

# Pillow's names of modes that carry transparency.
ALPHA_MODES = frozenset({"LA", "La", "PA", "RGBA", "RGBa"})
_BITS = {"1": 1, "I": 32, "F": 32}


@dataclass(frozen=True, slots=True)
class Pair:
    """A member and the file that would be kept for it."""

    keeper: ImageRecord
    member: ImageRecord
    match: Match


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verb for one member, and for LEAVE the reason as the end of a sentence about the file."""

    verb: Verb
    note: str = ""


def judge(pair: Pair, policy: PlanPolicy, damaged: frozenset[bytes]) -> Judgement:
    """REVIEW where the relation is not acted on, LEAVE with the first reason that holds, else REMOVE."""
    relation = pair.match.relation
    if relation not in policy.remove or relation not in REMOVABLE:
        return Judgement(Verb.REVIEW)
    if pair.keeper.sha256 in damaged:
        return Judgement(Verb.LEAVE, "the keeper does not decode completely")
    note = next((note for reason in REASONS if (note := reason(pair, policy))), "")
    return Judgement(Verb.LEAVE, note) if note else Judgement(Verb.REMOVE)


def _is_the_keeper(pair: Pair, _: PlanPolicy) -> str:
    same = pair.member.file.identity == pair.keeper.file.identity or pair.member.file.path == pair.keeper.file.path
    return "is the keeper itself by another path" if same else ""


def _brought_back(pair: Pair, policy: PlanPolicy) -> str:
    back = (pair.member.file.path, pair.member.sha256) in policy.brought_back
    return "was brought back by undo and stays; deduplicate --again puts it aside" if back else ""


def _read_only(pair: Pair, policy: PlanPolicy) -> str:
    return "is in a folder that is mounted read-only" if pair.member.file.root in policy.read_only_roots else ""


def _mtime_too_far(pair: Pair, policy: PlanPolicy) -> str:
    apart_ns = abs(pair.member.file.mtime_ns - pair.keeper.file.mtime_ns)
    if policy.max_mtime_diff_ns is None or apart_ns <= policy.max_mtime_diff_ns:
        return ""
    allowed_s = policy.max_mtime_diff_ns / 1e9
    return f"was modified {apart_ns / 1e9:.0f} s apart from the keeper, more than the {allowed_s:g} s allowed"


def _no_link_between_formats(pair: Pair, policy: PlanPolicy) -> str:
    # A link would put a JPEG behind a name that ends in .png.
    differs = policy.links and pair.match.relation is not Relation.SAME_BYTES
    return "only files with the same bytes are replaced by links" if differs else ""


def _richer(pair: Pair, _: PlanPolicy) -> str:
    # Equal bytes or equal decoded pixels of all frames leave nothing that the keeper could lack.
    if pair.match.relation in {Relation.SAME_BYTES, Relation.SAME_PIXELS}:
        return ""
    member, keeper = pair.member.facts, pair.keeper.facts
    if member.frames > keeper.frames:
        return f"has {member.frames} frames, the keeper has {keeper.frames}"
    if member.mode in ALPHA_MODES and keeper.mode not in ALPHA_MODES:
        return "has transparency, the keeper has none"
    if _bits(member) > _bits(keeper):
        return f"has {_bits(member)} bits a channel, the keeper has {_bits(keeper)}"
    return ""


def _bits(facts: ImageFacts) -> int:
    """Bits a channel, from Pillow's mode: `I;16` has 16, `RGB` has 8."""
    base, _, depth = facts.mode.partition(";")
    digits = "".join(c for c in depth if c.isdigit())
    return int(digits) if digits else _BITS.get(base, 8)


REASONS: tuple[Callable[[Pair, PlanPolicy], str], ...] = (
    _is_the_keeper,
    _brought_back,
    _read_only,
    _mtime_too_far,
    _no_link_between_formats,
    _richer,
)
