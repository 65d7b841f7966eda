"""Roots as they are remembered from run to run: an unmounted, swapped or half-readable root is known by comparison."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Volume:
    """Which file system a folder is on. Device numbers change at every boot, so they are no part of it."""

    fsid: int = 0  # `statvfs().f_fsid`; 0 where the file system has none
    source: str = ""  # what was mounted, as /proc/self/mountinfo names it; "" where unknown

    def is_other_than(self, other: "Volume") -> bool:
        """Whether both are known, and are not one file system."""
        if self.fsid and other.fsid:
            return self.fsid != other.fsid
        return bool(self.source and other.source) and self.source != other.source


@dataclass(frozen=True, slots=True)
class RootLook:
    """A look at one root before it is walked."""

    root: str  # absolute
    answers: bool  # False: listing it gave neither entries nor an error in time
    volume: Volume = Volume()


@dataclass(frozen=True, slots=True)
class RootSeen:
    """One root at its last complete run."""

    root: str
    files: int
    sample: tuple[tuple[str, int], ...]  # path below the root, size; spread over the path order
    volume: Volume = Volume()
    missing: frozenset[str] = frozenset()  # keys of paths missing then, or removed by this program


class RootMemory(Protocol):
    """Remembers roots in the state directory. Losing it costs the comparison with the last run, and nothing else."""

    def recall(self, roots: Sequence[str]) -> dict[str, RootSeen]:
        """What is remembered of those of `roots` that had a complete run."""
        ...

    def remember(self, seen: Iterable[RootSeen]) -> None:
        """Replace what is remembered of these roots, durable as one."""
        ...
