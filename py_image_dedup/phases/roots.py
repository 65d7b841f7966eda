"""Before anything is forgotten or removed: are the roots what they were at the last complete run?

A root that is missing, empty, swapped, half-readable or silent drops no record and lets no run act. Where very many
files are missing at once, their records are held until a second complete run misses them as well.
"""

import errno
import os
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from operator import attrgetter

from py_image_dedup.model.errors import RefusedForSafety
from py_image_dedup.model.files import ImageFile, NotWalked, Walk
from py_image_dedup.model.ports import RecordStore
from py_image_dedup.model.roots import RootLook, RootMemory, RootSeen, Volume

SAMPLED = 32  # files remembered of a root
MANY_FILES, MANY_SHARE = 1_000, 0.10  # more than either missing at once: held
SHARE_COUNTS_FROM = 10  # of a handful of files every share is large
_PERMISSION = frozenset({errno.EACCES, errno.EPERM})


@dataclass(frozen=True, slots=True)
class RootParts:
    """What the look at the roots works with."""

    look: Callable[[], Sequence[RootLook]]
    memory: RootMemory


@dataclass(frozen=True, slots=True)
class RootTrouble:
    """Why no run may act on a root. `may_be_confirmed`: a person may know better."""

    root: str
    sentence: str
    may_be_confirmed: bool


@dataclass(frozen=True, slots=True)
class Roots:
    """The roots as walked now, beside how they were."""

    walked: Walk
    volumes: Mapping[str, Volume]
    seen: Mapping[str, RootSeen]
    troubles: tuple[RootTrouble, ...]


@dataclass(frozen=True, slots=True)
class Parting:
    """Paths of records whose file is gone: those that may be forgotten, and those that are held for another run."""

    forgotten: tuple[str, ...]
    held: tuple[str, ...]


def require_answers(looks: Iterable[RootLook]) -> None:
    """Raise RefusedForSafety where a root does not answer: walking it would never end."""
    silent = [look.root for look in looks if not look.answers]
    if silent:
        raise RefusedForSafety(
            f"{', '.join(silent)} does not answer: a share whose server is away? Nothing was touched or forgotten."
        )


def compare(walked: Walk, looks: Iterable[RootLook], memory: RootMemory, store: RecordStore) -> Roots:
    """What the walk found beside what is remembered, and every trouble with it."""
    volumes = {look.root: look.volume for look in looks}
    seen = memory.recall(walked.roots)
    troubles = (trouble for root in walked.roots for trouble in _troubles(root, walked, volumes, seen.get(root), store))
    return Roots(walked, volumes, seen, tuple(troubles))


def part(gone: Sequence[str], roots: Roots) -> Parting:
    """Which of the vanished `gone` may be forgotten now."""
    forgotten: list[str] = []
    held: list[str] = []
    troubled = {trouble.root for trouble in roots.troubles}
    for root, paths in _by_root(gone, roots.walked.roots).items():
        seen = roots.seen.get(root)
        fresh = [path for path in paths if seen is None or _key(path) not in seen.missing]
        known = seen.files if seen is not None else len(files_in(root, roots.walked.files)) + len(paths)
        waits = set(paths if root in troubled else fresh if _is_mass(len(fresh), known) else ())
        held += [path for path in paths if path in waits]
        forgotten += [path for path in paths if path not in waits]
    return Parting(tuple(forgotten), tuple(held))


def as_seen(roots: Roots, missing: Iterable[str], confirmed: Iterable[str] = ()) -> tuple[RootSeen, ...]:
    """The roots to be remembered: those without trouble, and those a person spoke for.

    `missing`: paths whose records stay although their file is gone.
    """
    troubled = {trouble.root for trouble in roots.troubles} - set(confirmed)
    by_root = _by_root(missing, roots.walked.roots)
    return tuple(
        _seen(root, files_in(root, roots.walked.files), roots.volumes.get(root, Volume()), by_root.get(root, ()))
        for root in roots.walked.roots
        if root not in troubled
    )


def files_in(root: str, files: Sequence[ImageFile]) -> Sequence[ImageFile]:
    """Those of `files` (in path order) that lie below `root`, whichever root they were found by."""
    prefix = _prefix(root)
    first = bisect_left(files, prefix, key=attrgetter("path"))
    return files[first : bisect_left(files, prefix[:-1] + chr(ord(prefix[-1]) + 1), key=attrgetter("path"))]


def _troubles(
    root: str, walked: Walk, volumes: Mapping[str, Volume], seen: RootSeen | None, store: RecordStore
) -> Iterator[RootTrouble]:
    prefix = _prefix(root)
    for place in walked.not_walked:
        if place.path == root:
            yield RootTrouble(root, f"{root} could not be looked at: {place.reason}.", may_be_confirmed=False)
            return
        if place.path.startswith(prefix) and _hides_something(place, store):
            may_be_confirmed = place.errno in _PERMISSION
            yield RootTrouble(root, f"{place.path} could not be looked at: {place.reason}.", may_be_confirmed)
    files = files_in(root, walked.files)
    if not files and not any(passed.path.startswith(prefix) for passed in walked.passed_over):
        if before := _known_before(root, seen, store):
            yield RootTrouble(root, f"{root} is empty, and held {before} before: is its disk away?", True)  # noqa: FBT003
    elif seen is not None and _is_swapped(files, prefix, volumes.get(root, Volume()), seen):
        sentence = f"{root} is another disk than at the last run, and holds none of the files it held then."
        yield RootTrouble(root, sentence, may_be_confirmed=True)


def _hides_something(place: NotWalked, store: RecordStore) -> bool:
    """A folder that was never open to us (`lost+found`) hides nothing; a failing disk hides who knows what."""
    if place.errno not in _PERMISSION:
        return True
    return bool(store.get_many([place.path])) or next(iter(store.files_under([place.path])), None) is not None


def _known_before(root: str, seen: RootSeen | None, store: RecordStore) -> str:
    """How many files the root had, in words; "" where none are known."""
    if seen is not None:
        return f"{seen.files:,} files" if seen.files else ""
    return "files" if next(iter(store.files_under([root])), None) is not None else ""


def _is_swapped(files: Iterable[ImageFile], prefix: str, volume: Volume, seen: RootSeen) -> bool:
    if not seen.sample or not volume.is_other_than(seen.volume):
        return False
    sample = {(prefix + path, size) for path, size in seen.sample}
    return not any((file.path, file.size) in sample for file in files)


def _is_mass(missing: int, known: int) -> bool:
    return missing > MANY_FILES or (missing >= SHARE_COUNTS_FROM and missing > MANY_SHARE * known)


def _seen(root: str, files: Sequence[ImageFile], volume: Volume, missing: Iterable[str]) -> RootSeen:
    prefix = _prefix(root)
    spread = files[:: max(1, -(-len(files) // SAMPLED))]
    sample = tuple((file.path.removeprefix(prefix), file.size) for file in spread)
    return RootSeen(root, len(files), sample, volume, frozenset(map(_key, missing)))


def _by_root(paths: Iterable[str], roots: Sequence[str]) -> dict[str, list[str]]:
    """Each path at the first root above it: a root inside another one has none of its own."""
    found: dict[str, list[str]] = {}
    prefixes = [(root, _prefix(root)) for root in roots]
    for path in paths:
        root = next((root for root, prefix in prefixes if path.startswith(prefix)), None)
        if root is not None:
            found.setdefault(root, []).append(path)
    return found


def _prefix(root: str) -> str:
    return root.rstrip(os.sep) + os.sep


def _key(path: str) -> str:
    """16 characters stand for a path: a million missing files take 19 MB, and one mistaken for another costs a read."""
    return blake2b(os.fsencode(path), digest_size=8).hexdigest()
