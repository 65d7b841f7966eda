"""The journal of a state directory: opened when first needed, under its lock, or only read."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from py_image_dedup.disposal.books import state
from py_image_dedup.disposal.books.actions import Entry
from py_image_dedup.disposal.books.journal import NAME, Journal, JournalDamaged
from py_image_dedup.disposal.books.locks import NAME as LOCK_NAME
from py_image_dedup.disposal.books.locks import StateLock, whoami
from py_image_dedup.model.ports import Clock


class Ledger:
    """Lock and journal of one state directory. Raises LockHeld, RefusedForSafety, JournalDamaged."""

    def __init__(self, directory: str, clock: Clock, *, allow_network: bool = False) -> None:
        self.path = os.path.join(directory, NAME)
        self._directory = directory
        self._clock = clock
        self._allow_network = allow_network
        self._lock = StateLock(os.path.join(directory, LOCK_NAME), clock)
        self._journal: Journal | None = None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the state against other runs; may be nested. Raises LockHeld, which says who holds it."""
        state.prepare(self._directory)
        outermost = not self._lock.is_held
        with self._lock:
            try:
                yield
            finally:
                if outermost and self._journal is not None:
                    self._journal.close()
                    self._journal = None

    def journal(self) -> Journal:
        """To write to, within `locked` only. Opened when first needed: a damaged one stops removal, not analysis."""
        assert self._lock.is_held, "only within locked()"
        if self._journal is None:
            self._journal = self._open_to_write()
        return self._journal

    def is_begun(self) -> bool:
        """Whether anything was ever written."""
        try:
            return NAME in os.listdir(self._directory)
        except FileNotFoundError:
            return False

    @contextmanager
    def reading(self) -> Iterator[Journal]:
        """To read only; needs no lock."""
        if self._journal is not None:
            yield self._journal
            return
        journal = self._open()
        try:
            yield journal
        finally:
            journal.close()

    def entries(self) -> list[Entry]:
        """All there are; none where nothing was ever written."""
        if not self.is_begun():
            return []
        with self.reading() as journal:
            return list(journal.entries())

    def set_damaged_aside(self) -> list[str]:
        """Make room for a new journal where this one is damaged; says where the damaged one is."""
        try:
            self.journal()
        except JournalDamaged:
            aside = f"{self.path}.damaged-{self._clock.now_ns() // 1_000_000_000}"
            for suffix in ("", "-wal", "-shm"):
                with suppress(FileNotFoundError):
                    os.rename(self.path + suffix, aside + suffix)
            return [f"The damaged journal is now {aside}."]
        return []

    def _open_to_write(self) -> Journal:
        journal = self._open()
        journal.take_fence(whoami(self._clock))
        return journal

    def _open(self) -> Journal:
        wal = state.wal_is_safe(self._directory, allow_network=self._allow_network)
        return Journal.open(self.path, self._clock, wal=wal)
