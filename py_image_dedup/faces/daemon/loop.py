"""The loop of the main thread: one full run, then one after every change that has settled, and one a day in any case.

Every run is the ordinary one over the configured scope, by a Deduplicator made for it: an unchanged file costs one
`lstat`, so the folder that changed needs no special way, and copies anywhere else are found.
"""

import random
import time
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from py_image_dedup.deduplicator import Deduplicator
from py_image_dedup.faces.daemon.health import Health, Problem
from py_image_dedup.faces.daemon.memory import give_back
from py_image_dedup.faces.daemon.settle import Changes, Settled
from py_image_dedup.model.errors import DedupError, LockHeld, RefusedForSafety, Stopped, StoreUnavailable
from py_image_dedup.model.images import UnreadableKind
from py_image_dedup.model.outcomes import RunReport, Status
from py_image_dedup.reports.names import counted

BEAT = "loop"
WAKE_S = 5.0  # the loop gives a sign of life at least this often
RETRY_S = 15.0  # a run that failed is tried again after this time, so that a repair shows within a minute
JITTER = 0.1  # many machines with one share must not look at it at the same moment

FIRST_RUN = Settled(0, ("the first run",))
_WORKER_TROUBLE = frozenset({UnreadableKind.WORKER_DIED, UnreadableKind.TIMEOUT, UnreadableKind.OUT_OF_MEMORY})


class RunListener(Protocol):
    """Hears of whole runs."""

    def run_started(self, why: Settled) -> None:
        """A run begins."""
        ...

    def run_finished(self, report: RunReport) -> None:
        """A run has ended well."""
        ...

    def run_failed(self, error: Exception) -> None:
        """A run could not be finished."""
        ...


@dataclass(slots=True)
class Loop:
    """`run` ends only by an exception: `Stopped`."""

    deduplicators: Callable[[], AbstractContextManager[Deduplicator]]
    changes: Changes
    health: Health
    listener: RunListener
    say: Callable[[str], None]
    may_act: Callable[[], bool]
    stop: Callable[[], bool]
    reconcile_s: float
    retry_s: float = RETRY_S
    _next_full_s: float = field(default=0.0, init=False)
    _refused: str = field(default="", init=False)  # why the last run put nothing aside

    def run(self) -> None:
        """Work until stopped."""
        why: Settled | None = FIRST_RUN
        while not self.stop():  # asked while files were moved: the run has then ended early
            if why is not None:
                self._run_until_done(why)
            why = self._wait() if not self.stop() else None
        raise Stopped("Stopped between two steps.")

    def _wait(self) -> Settled | None:
        self.health.beat(BEAT)
        settled = self.changes.wait(WAKE_S)
        if settled is None and time.monotonic() >= self._next_full_s:
            return Settled(0, ("everything is looked at once in a while",))
        return settled

    def _run_until_done(self, why: Settled) -> None:
        while not self._run_once(why) and not self.stop():
            again_s = time.monotonic() + self.retry_s
            while time.monotonic() < again_s:
                self.health.beat(BEAT)
                time.sleep(min(1.0, self.retry_s))

    def _run_once(self, why: Settled) -> bool:
        """Whether it was finished."""
        self._schedule_next()
        self.listener.run_started(why)
        acts = self.may_act()
        try:
            report = self._deduplicated(act=acts)
        except Stopped:
            raise
        except Exception as error:  # noqa: BLE001 - a daemon outlives what ends a run; it is told, counted and tried again
            self._failed(error)
            if acts and isinstance(error, RefusedForSafety):
                self._look_only(str(error))
            return False
        self._refused = ""
        self._finished(report)
        return True

    def _deduplicated(self, *, act: bool) -> RunReport:
        try:
            with self.deduplicators() as deduplicator:
                return deduplicator.deduplicate(act=act)
        finally:
            give_back()

    def _look_only(self, reason: str) -> None:
        """What is found is told all the same, once for each reason to put nothing aside."""
        if reason == self._refused:
            return
        self._refused = reason
        try:
            report = self._deduplicated(act=False)
        except (DedupError, OSError) as error:
            if isinstance(error, Stopped):
                raise
            return  # the same trouble once more
        self.say("Nothing is put aside until that is settled; this is what there is:")
        self.listener.run_finished(report)

    def _schedule_next(self) -> None:
        self._next_full_s = time.monotonic() + self.reconcile_s * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, DedupError | OSError):
            self.say("".join(traceback.format_exception(error)))
        problem = _problem_of(error)
        for other in (Problem.LOCK_HELD, Problem.INDEX, Problem.RUN_FAILED):
            self.health.note(other, f"{error} It is tried again." if other is problem else None, BEAT)
        self.listener.run_failed(error)

    def _finished(self, report: RunReport) -> None:
        for problem in (Problem.LOCK_HELD, Problem.INDEX, Problem.RUN_FAILED):
            self.health.note(problem, None, BEAT)
        self._note_report(report)
        self.listener.run_finished(report)

    def _note_report(self, report: RunReport) -> None:
        folders, bad = len(report.not_walked), [o for o in report.outcomes if o.status is Status.FAILED]
        crashed = sum(unreadable.kind in _WORKER_TROUBLE for unreadable in report.unreadable)
        note = self.health.note
        note(Problem.NOT_WALKED, f"{counted(folders, 'folder')} could not be looked at." if folders else None)
        note(
            Problem.ACTS_FAILED, f"{counted(len(bad), 'file')} could not be put aside: {bad[0].reason}" if bad else None
        )
        note(
            Problem.WORKERS,
            f"{counted(crashed, 'picture')} ended the reader and will be left alone." if crashed else None,
        )


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, LockHeld):
        return Problem.LOCK_HELD
    return Problem.INDEX if isinstance(error, StoreUnavailable) else Problem.RUN_FAILED
