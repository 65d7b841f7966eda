"""What acts for a run: the hands that change the user's files, and the user's wish to stop."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from py_image_dedup.model.differences import Difference
from py_image_dedup.model.outcomes import CopyOutcome, FolderOutcome, Outcome, PurgeOutcome, RestoreOutcome, RunSummary
from py_image_dedup.model.plans import Plan, Subject


class Hands(Protocol):
    """What changes the user's files; `disposal.Disposal` is the real one."""

    def locked(self) -> AbstractContextManager[None]:
        """Hold the state against other runs; raises LockHeld."""
        ...

    def resume(self) -> Sequence[str]:
        """Finish what a killed run left; a sentence for each thing done."""
        ...

    def unfinished(self) -> int:
        """How many acts a killed run left to be finished."""
        ...

    def dispose(self, run_id: str, plan: Plan, stop: Callable[[], bool]) -> Iterator[Outcome]:
        """One outcome a removal, in order, each durable before it is given."""
        ...

    def remove_emptied_folders(self, run_id: str, plan: Plan, outcomes: Sequence[Outcome]) -> Sequence[FolderOutcome]:
        """Remove folders that this run emptied."""
        ...

    def rehearse_folders(self, plan: Plan) -> Sequence[FolderOutcome]:
        """The folders that carrying out the plan would empty and remove; nothing is changed."""
        ...

    def copy_out(
        self, directory: str, roots: Sequence[str], subjects: Sequence[Subject], stop: Callable[[], bool]
    ) -> Iterator[CopyOutcome]:
        """Copy files below a folder outside the roots; one outcome a file."""
        ...

    def undo(self, run_id: str, stop: Callable[[], bool]) -> Iterator[RestoreOutcome]:
        """Bring back what a run removed, newest first."""
        ...

    def purge(
        self, roots: Sequence[str], *, run_id: str | None, older_than_ns: int, stop: Callable[[], bool]
    ) -> Iterator[PurgeOutcome]:
        """Remove for good what was put aside long enough ago, each only while its keeper is verified to live."""
        ...

    def runs(self) -> Sequence[RunSummary]:
        """All runs that acted, oldest first; changes nothing."""
        ...

    def away(self) -> Collection[str]:
        """Where the files were that are put aside now; changes nothing."""
        ...

    def check(self, roots: Sequence[str], *, read: bool) -> Sequence[Difference]:
        """Where journal, quarantines and disk disagree; changes nothing."""
        ...

    def repair(self, roots: Sequence[str], differences: Sequence[Difference]) -> Sequence[str]:
        """Bring journal and records in line with the disk; a sentence for each thing done."""
        ...


class Stop(Protocol):
    """The user's wish to stop."""

    def __call__(self) -> bool:
        """Whether to stop after the step in hand."""
        ...

    def held(self) -> AbstractContextManager[None]:
        """Inside, the wish is only remembered."""
        ...
