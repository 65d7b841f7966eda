"""What the daemon asks about paths and folders; `wiring.watch` gives it from settings."""

from collections.abc import Callable
from dataclasses import dataclass

from py_image_dedup.model.files import Walk


@dataclass(frozen=True, slots=True)
class Mount:
    """A file system at or below a root."""

    point: str
    kind: str
    tells_changes: bool  # False where other machines may write: the kernel gives no events for that


@dataclass(frozen=True, slots=True)
class Scope:
    """Roots, and which of the paths below them count."""

    roots: tuple[str, ...]
    recursive: bool
    counts: Callable[[str], bool]  # a file of this path may be a picture that counts; by its name alone
    enters: Callable[[str], bool]  # a folder of this path is not one of the program's own
    walk: Callable[[str], Walk]  # everything below one root, as a run sees it
    mounts: Callable[[str], tuple[Mount, ...]]  # the one that holds the root first, then those below it
