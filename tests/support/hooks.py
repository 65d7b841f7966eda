"""Between removal and the file system: every call can be counted, killed at, failed at, or used by an adversary."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from py_image_dedup.disposal.books.journal import Journal

CHANGING = frozenset(
    {
        *("create_file", "open_lock", "write", "reserve", "sync", "set_xattr", "set_mode", "set_owner", "set_times"),
        *("rename_no_replace", "rename_plain", "exchange", "link", "symlink", "clone", "unlink", "mkdir", "rmdir"),
    }
)
Hook = Callable[[str, str], None]  # moment ("before", "after"), name of the call


class Hooked:
    """A `FileOps` that tells a hook before and after each call."""

    def __init__(self, ops: Any, hook: Hook, calls: frozenset[str] | None = CHANGING) -> None:
        self._ops = ops
        self._hook = hook
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._ops, name)
        if name == "close" or (self._calls is not None and name not in self._calls):
            return call

        def hooked(*arguments: Any) -> Any:
            self._hook("before", name)
            result = call(*arguments)
            self._hook("after", name)
            return result

        return hooked


@contextmanager
def hooked_journal(hook: Hook) -> Iterator[None]:
    """Commits of the journal are calls as well."""
    append = Journal.append

    def hooked(self: Journal, actions: Any, events: Any) -> None:
        hook("before", "commit")
        append(self, actions, events)
        hook("after", "commit")

    Journal.append = hooked  # type: ignore[method-assign]
    try:
        yield
    finally:
        Journal.append = append  # type: ignore[method-assign]


class At:
    """A hook that does something at the n-th moment, counted from 1."""

    def __init__(self, moment: int, do: Callable[[str, str], None]) -> None:
        self.left = moment
        self.do = do

    def __call__(self, moment: str, name: str) -> None:
        self.left -= 1
        if self.left == 0:
            self.do(moment, name)


class Counting:
    """A hook that counts the moments and remembers what they were."""

    def __init__(self) -> None:
        self.moments: list[str] = []

    def __call__(self, moment: str, name: str) -> None:
        self.moments.append(f"{moment} {name}")
