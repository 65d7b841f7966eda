"""Records in the order in which they deserve to stay. The same for every order in which they are given."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from py_image_dedup.keeping.rules import NO_PREFERENCES, PATH, RULES, SOUND, Contender, Preferences, Rule, soundness
from py_image_dedup.model.errors import SettingsError
from py_image_dedup.model.images import ImageRecord

NOTHING_DAMAGED: frozenset[bytes] = frozenset()


class Ranked(NamedTuple):
    """A record and the rule that put it behind the one before it ("" for the first)."""

    record: ImageRecord
    rule: str


_Key = tuple[float, ...]


def rank(
    records: Iterable[ImageRecord],
    rules: Sequence[str],
    distances: Mapping[str, float] | None = None,
    damaged: frozenset[bytes] = NOTHING_DAMAGED,
    preferences: Preferences = NO_PREFERENCES,
) -> list[Ranked]:
    """Best first. The first of `rules` that differs decides, the path as a string (ascending) last.

    `distances` (path -> 0..1) are those of each match to the file that stays; files without one have 0.
    Contents (SHA-256) in `damaged` come last, behind all others, by the rule "sound".
    Raises `SettingsError` for a name that is no rule.
    """
    judges = _judges(rules)
    known = distances or {}
    contenders = [Contender(r, known.get(r.file.path, 0.0), 0.0, r.sha256 not in damaged, preferences) for r in records]
    keyed = [(_key(contender, judges), contender.record) for contender in contenders]
    keyed.sort(key=lambda pair: (pair[0], pair[1].file.path))
    names = (SOUND, *rules)
    before: list[_Key | None] = [None, *(key for key, _ in keyed)]
    return [Ranked(r, _decider(names, prev, key)) for (key, r), prev in zip(keyed, before, strict=False)]


def deciding_rule(
    stays: ImageRecord,
    goes: ImageRecord,
    rules: Sequence[str],
    distance: float = 0.0,
    damaged: frozenset[bytes] = NOTHING_DAMAGED,
    preferences: Preferences = NO_PREFERENCES,
) -> str:
    """The rule by which `stays` beats `goes`; "" where the rules prefer `goes`."""
    first, second = rank((stays, goes), rules, {goes.file.path: distance}, damaged, preferences)
    return second.rule if first.record is stays else ""


def _judges(rules: Sequence[str]) -> list[Rule]:
    unknown = [name for name in rules if name not in RULES]
    if unknown:
        raise SettingsError([f"Unknown rule '{n}'; the known ones are: {', '.join(RULES)}" for n in unknown])
    return [soundness, *(RULES[name] for name in rules)]


def _key(contender: Contender, judges: Sequence[Rule]) -> _Key:
    return tuple(judge(contender) for judge in judges)


def _decider(names: Sequence[str], before: _Key | None, key: _Key) -> str:
    if before is None:
        return ""
    return next((name for name, a, b in zip(names, before, key, strict=True) if a != b), PATH)
