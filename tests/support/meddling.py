"""Somebody who acts in the middle of a call of removal, once, and the end of the process in the middle of one."""

from collections.abc import Callable
from typing import Any

from py_image_dedup.disposal.volume.posix import PosixFiles
from tests.support.scenarios import NoExclusiveRename


class Killed(BaseException):
    """The process ends here."""


def killed() -> None:
    raise Killed


class Meddling(PosixFiles):
    """Does something before (or after) the n-th call of a name that concerns a file of a name."""

    def __init__(
        self, call: str, do: Callable[[], object], *, at: int = 1, name: str | None = None, after: bool = False
    ) -> None:
        original, left = getattr(super(), call), iter(range(at))

        def meddled(*arguments: Any) -> Any:
            mine = (name is None or name in arguments) and next(left, None) == at - 1
            if mine and not after:
                do()
            result = original(*arguments)
            if mine and after:
                do()
            return result

        setattr(self, call, meddled)


class MeddlingWithoutExclusiveRename(Meddling, NoExclusiveRename):
    """The same on NFS and old FUSE."""
