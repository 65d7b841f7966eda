"""Roots: made absolute, looked at before a run, and asked whether a file below them is really gone.

"Could not look" is not "is gone": a root that is missing, unmounted, unreadable or empty says nothing about its files.
"""

import errno
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from py_image_dedup.walking.folders import folder_handle, lstat, says_gone, words


class RootCondition(Enum):
    """What a look at a root gave."""

    OK = "ok"
    EMPTY = "empty"  # may be a mount point without its volume
    MISSING = "does not exist"
    NOT_A_FOLDER = "is not a folder"
    UNREADABLE = "could not be read"


@dataclass(frozen=True, slots=True)
class RootState:
    """One root as it stands. `device` is None where it could not be asked."""

    path: str
    condition: RootCondition
    device: int | None = None
    reason: str = ""  # the system's words, where it refused

    @property
    def can_be_walked(self) -> bool:
        """Whether its files can be listed; an empty root can be, and has none."""
        return self.condition in {RootCondition.OK, RootCondition.EMPTY}

    @property
    def tells_what_is_gone(self) -> bool:
        """Whether a file that is not found below it may be taken as gone."""
        return self.condition is RootCondition.OK

    def __str__(self) -> str:
        """A sentence for the user."""
        words_ = f"{self.condition.value} ({self.reason})" if self.reason else self.condition.value
        return f"{self.path}: {words_}"


def absolute_roots(roots: Iterable[str]) -> tuple[str, ...]:
    """The roots as absolute paths, sorted, each once. A symbolic link keeps its name."""
    return tuple(sorted({absolute(root) for root in roots}))


def absolute(path: str) -> str:
    """`path` absolute, without `.`, `..` and doubled separators, leading to the same folder.

    A `..` after a symbolic link leads to the parent of the link's target, so all up to the last `..` is resolved by
    the system, not by its letters; the rest keeps the name it was given.
    """
    whole = os.path.join(os.getcwd(), path) if not os.path.isabs(path) else path
    names = whole.split(os.sep)
    turns = [n for n, name in enumerate(names) if name == os.pardir]
    if turns:
        whole = os.path.join(os.path.realpath(os.sep.join(names[: turns[-1] + 1])), *names[turns[-1] + 1 :])
    normal = os.path.normpath(whole)
    return normal[1:] if normal.startswith("//") else normal


def check_root(root: str) -> RootState:
    """Look at one root. Raises nothing."""
    path = absolute(root)
    try:
        with folder_handle(path, follow=True) as handle:
            device = os.stat(handle).st_dev
            with os.scandir(handle) as entries:
                condition = RootCondition.OK if next(entries, None) is not None else RootCondition.EMPTY
    except OSError as error:
        return RootState(path, _condition(error), None, words(error))
    return RootState(path, condition, device)


def check_roots(roots: Iterable[str]) -> tuple[RootState, ...]:
    """Look at each root once, in path order."""
    return tuple(check_root(root) for root in absolute_roots(roots))


class Absence:
    """Tells whether a path below one of the roots is really gone. The roots are looked at once, when it is made."""

    def __init__(self, roots: Sequence[str]) -> None:
        self._states = check_roots(roots)
        self._folders: dict[str, RootState] = {}  # answers of `_folder_above`, by folder

    def __call__(self, path: str, device: int = 0) -> bool | None:
        """True: no regular file is there; False: one is; None: could not look, so nobody knows.

        `device` is where the file was when it was seen last, 0 where unknown: another volume in its place proves
        nothing. Only where it is known can an empty folder tell: one without its volume would lie on another device.
        """
        try:
            return not stat.S_ISREG(lstat(path).st_mode)
        except OSError as error:
            if not says_gone(error):
                return None
        root = self._root_of(path)
        if root is None or not root.tells_what_is_gone:
            return None
        above = self._folder_above(path, root)
        if above.device is None or (not device and above.condition is RootCondition.EMPTY):
            return None
        return True if device in {0, above.device} else None

    def _root_of(self, path: str) -> RootState | None:
        """The innermost root above `path`."""
        above = [state for state in self._states if path.startswith(state.path.rstrip(os.sep) + os.sep)]
        return max(above, key=lambda state: len(state.path), default=None)

    def _folder_above(self, path: str, root: RootState) -> RootState:
        """The nearest folder above `path` that is there; if empty, perhaps the mount point of a volume that is away."""
        missing, folder = [], os.path.dirname(path)
        while folder not in self._folders:
            state = check_root(folder) if folder != root.path else root
            if state.condition not in {RootCondition.MISSING, RootCondition.NOT_A_FOLDER}:
                self._folders[folder] = state
                break
            missing.append(folder)
            folder = os.path.dirname(folder)
        self._folders.update(dict.fromkeys(missing, self._folders[folder]))
        return self._folders[folder]


def really_gone(path: str, roots: Sequence[str]) -> bool | None:
    """`Absence` for a single path: True gone, False there, None could not look."""
    return Absence(roots)(path)


def _condition(error: OSError) -> RootCondition:
    if error.errno == errno.ENOENT:
        return RootCondition.MISSING
    return RootCondition.NOT_A_FOLDER if error.errno == errno.ENOTDIR else RootCondition.UNREADABLE
