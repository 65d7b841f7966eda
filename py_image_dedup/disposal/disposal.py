"""`Disposal`: what the rest of the program asks of this room. One object a state directory."""

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial

from py_image_dedup.disposal.books.actions import Entry, Kind, Run, State
from py_image_dedup.disposal.books.journal import JournalDamaged
from py_image_dedup.disposal.books.ledger import Ledger
from py_image_dedup.disposal.recovery.adopt import Adoption
from py_image_dedup.disposal.recovery.checking import Checking
from py_image_dedup.disposal.recovery.mending import Mending
from py_image_dedup.disposal.recovery.purge import Elsewhere, Purging
from py_image_dedup.disposal.recovery.resume import Resuming
from py_image_dedup.disposal.recovery.tidy import lock_quarantines, tidy
from py_image_dedup.disposal.recovery.undo import Undoing
from py_image_dedup.disposal.volume.fsops import FileOps
from py_image_dedup.disposal.volume.held import Holding
from py_image_dedup.disposal.volume.posix import PosixFiles
from py_image_dedup.disposal.ways.act import Hand, Result
from py_image_dedup.disposal.ways.copy_out import CopyOut
from py_image_dedup.disposal.ways.crossing import Crossing
from py_image_dedup.disposal.ways.exiftool import INSTALL
from py_image_dedup.disposal.ways.folders import FolderRemoval, emptied_folders
from py_image_dedup.disposal.ways.links import Linking
from py_image_dedup.disposal.ways.merging import Merger, Merging
from py_image_dedup.disposal.ways.quarantine import Shelves
from py_image_dedup.disposal.ways.trash import FreedesktopTrash, home_trash
from py_image_dedup.disposal.ways.units import Preparation, Unit
from py_image_dedup.disposal.ways.verify import Verifier, contradictions
from py_image_dedup.disposal.work import Work
from py_image_dedup.model.differences import Difference, Fault
from py_image_dedup.model.errors import SettingsError
from py_image_dedup.model.outcomes import (
    CopyOutcome,
    FolderOutcome,
    Outcome,
    PurgeOutcome,
    RestoreOutcome,
    RunSummary,
    Status,
)
from py_image_dedup.model.plans import Plan, PlannedRemoval, Subject, Way
from py_image_dedup.model.ports import Clock

DAY_NS = 86_400 * 1_000_000_000
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_NO_RUN = (
    "There is no run {}; `py-image-dedup status` lists the runs. Where the journal was lost, or the state directory is "
    "another one, `py-image-dedup check --repair FOLDER` reads the records beside the files that were put aside."
)
_VACATES = frozenset({Way.QUARANTINE, Way.TARGET, Way.TRASH})  # ways after which the name is free


def never() -> bool:
    """Do not stop."""
    return False


class Disposal:
    """Carries out plans, undoes them, finishes what was interrupted. Raises LockHeld, RefusedForSafety."""

    def __init__(
        self,
        state_directory: str,
        clock: Clock,
        ops: FileOps | None = None,
        *,
        allow_network_state: bool = False,
        trash_directory: str | None = None,
        merger: Merger | None = None,
    ) -> None:
        self._clock = clock
        self._ops = ops or PosixFiles()
        self._home_trash = trash_directory or home_trash()
        self._merger = merger
        self._ledger = Ledger(state_directory, clock, allow_network=allow_network_state)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the state against other runs; may be nested. Raises LockHeld, which says who holds it."""
        with self._ledger.locked():
            yield

    def resume(self) -> list[str]:
        """Finish or take back what a killed run left; a sentence for each thing that was not simply done."""
        with self.locked():
            entries = list(self._ledger.journal().open_entries())
            if not entries:
                return []
            work = self._work("resume", "")
            with Holding(self._ops) as holding:
                lock_quarantines(work, entries, holding)
                return Resuming(work).settle(entries)

    def unfinished(self) -> int:
        """How many acts a killed run left to be finished; changes nothing."""
        if not self._ledger.is_begun():
            return 0
        with self._ledger.reading() as journal:
            return sum(1 for _ in journal.open_entries())

    def dispose(self, run_id: str, plan: Plan, stop: Callable[[], bool] = never) -> Iterator[Outcome]:
        """One outcome a removal, in order, each durable before it is given; they end early where `stop` says so.

        SettingsError before anything is touched where metadata are to be merged and the program for it is missing.
        """
        _require_run_id(run_id)
        merger = _require_merger(self._merger, plan)
        with self.locked(), Holding(self._ops) as held_for_run:
            work = self._begin(run_id, plan)
            verifier, shelves = Verifier(self._ops, self._clock, plan.roots), Shelves(work, held_for_run)
            conflicts, merging = contradictions(plan.removals), Merging(work, verifier, shelves, merger, stop)
            removals = merging.merge(plan.removals, besides=conflicts)
            reasons = {
                id(r): conflicts.get(n) or merging.refused.get(r.victim.file.path) for n, r in enumerate(removals)
            }
            trash = FreedesktopTrash(self._home_trash, os.getuid())
            preparation = Preparation(work, verifier, shelves, trash, lambda removal: reasons[id(removal)])
            is_used = False
            for outcome in Hand(work, preparation, partial(_alone, work), stop, plan.roots).carry_out(removals):
                is_used = is_used or outcome.status is Status.DONE
                yield outcome
            if not is_used:
                held_for_run.release()
                _tidy(work, run_id)

    def remove_emptied_folders(self, run_id: str, plan: Plan, outcomes: Sequence[Outcome]) -> list[FolderOutcome]:
        """Remove the folders that this run emptied: only by rmdir, never a root or a mount point."""
        taken = _taken(outcome.removal for outcome in outcomes if outcome.status is Status.DONE)
        with self.locked(), Holding(self._ops) as held_for_run:
            work = self._begin(run_id, plan)
            folders = emptied_folders(self._ops, taken, plan.roots)
            return list(FolderRemoval(work, Shelves(work, held_for_run), plan.roots).remove(folders))

    def rehearse_folders(self, plan: Plan) -> list[FolderOutcome]:
        """The folders that carrying out the plan would empty and remove; nothing is changed."""
        return [
            FolderOutcome(path, Status.DONE) for path in emptied_folders(self._ops, _taken(plan.removals), plan.roots)
        ]

    def undo(
        self, run_id: str, stop: Callable[[], bool] = never, paths: Collection[str] = ()
    ) -> Iterator[RestoreOutcome]:
        """Bring back what a run removed, newest first; with `paths`, only these and what belongs to them."""
        with self.locked(), Holding(self._ops) as held_for_run:
            entries = self._entries_of(run_id)
            work = self._work(run_id, entries[0].action.plan_id if entries else "")
            lock_quarantines(work, entries, held_for_run)
            yield from Undoing(work, stop).undo(_with_units(entries, paths))
            held_for_run.release()
            _tidy(work, run_id)

    def purge(
        self,
        roots: Sequence[str],
        *,
        run_id: str | None = None,
        older_than_ns: int = 30 * DAY_NS,
        elsewhere: Elsewhere = lambda _: (),
        stop: Callable[[], bool] = never,
    ) -> Iterator[PurgeOutcome]:
        """Remove for good what was put aside long enough ago, each only while its keeper is verified to live."""
        with self.locked(), Holding(self._ops) as held_for_run:
            before_ns = self._clock.now_ns() - older_than_ns
            entries = [entry for entry in self._ledger.journal().entries(run_id) if entry.at_ns <= before_ns]
            work = self._work("purge", "")
            lock_quarantines(work, entries, held_for_run)
            yield from Purging(work, tuple(roots), elsewhere, stop, self._merged()).purge(entries)
            held_for_run.release()
            for purged_run in sorted({entry.action.run_id for entry in entries}):
                _tidy(work, purged_run)

    def copy_out(
        self, directory: str, roots: Sequence[str], subjects: Sequence[Subject], stop: Callable[[], bool] = never
    ) -> Iterator[CopyOutcome]:
        """Copy files below a folder outside the roots, keeping the tree; one outcome a file. Roots are only read."""
        with self.locked():
            verifier = Verifier(self._ops, self._clock, roots)
            yield from CopyOut(self._ops, verifier, tuple(roots), os.path.abspath(directory), stop).copy(subjects)

    def adopt(self, roots: Sequence[str]) -> list[str]:
        """Make the journal anew from the records in the quarantines below `roots`, where it is lost or damaged.

        What a sound journal knows already stays as it is. Gives a sentence for each thing found; `undo` then works.
        """
        with self.locked(), Holding(self._ops) as holding:
            sentences = self._ledger.set_damaged_aside()
            return [*sentences, *Adoption(self._work("adopt", ""), holding).adopt(roots)]

    def check(self, roots: Sequence[str], *, read: bool = False) -> list[Difference]:
        """Where journal, quarantines and disk disagree; with `read`, contents are hashed. Changes nothing."""
        with self.locked():
            try:
                entries = self._ledger.entries()
            except JournalDamaged as damaged:
                found = Difference(Fault.JOURNAL_DAMAGED, self._ledger.path, str(damaged))
                return [found, *Checking(self._ops, (), read).differences(roots)]
            return list(Checking(self._ops, entries, read).differences(roots))

    def repair(self, roots: Sequence[str], differences: Sequence[Difference]) -> list[str]:
        """Bring journal and records in line with the disk; a sentence for each thing done. No photograph is touched."""
        with self.locked(), Holding(self._ops) as held_for_run:
            sentences = []
            if {d.fault for d in differences} & {Fault.JOURNAL_DAMAGED, Fault.NOT_IN_JOURNAL}:
                sentences = self.adopt(roots)
            entries = list(self._ledger.journal().entries())
            work = self._work("check", "")
            lock_quarantines(work, entries, held_for_run)
            sentences.extend(Mending(work, entries).mend(differences))
            return sentences

    def away(self) -> set[str]:
        """Where the files were that are put aside now; changes nothing."""
        away = (e.action for e in self._ledger.entries() if e.state is State.MOVED and e.action.kind is Kind.FILE)
        return {action.subject.path for action in away}

    def brought_back(self) -> frozenset[tuple[str, bytes]]:
        """Path and content of what `undo` brought back: a person wants it where it is. Changes nothing."""
        if not self._ledger.is_begun():
            return frozenset()
        with self._ledger.reading() as journal:
            return journal.brought_back()

    def runs(self) -> list[RunSummary]:
        """All runs that acted, oldest first; changes nothing."""
        if not self._ledger.is_begun():
            return []
        with self._ledger.reading() as journal:
            return [_summary(run) for run in journal.runs()]

    def _begin(self, run_id: str, plan: Plan) -> Work:
        self.resume()
        self._ledger.journal().start_run(run_id, plan.id)
        return self._work(run_id, plan.id)

    def _work(self, run_id: str, plan_id: str) -> Work:
        return Work(self._ops, self._ledger.journal(), self._clock, run_id, plan_id)

    def _merged(self) -> dict[bytes, bytes]:
        """By the content that a kept file had: what it has since metadata were merged into it."""
        entries = (e for e in self._ledger.journal().entries() if e.action.way is Way.MERGED and e.state is State.MOVED)
        return {entry.action.subject.sha256: entry.action.keeper.sha256 for entry in entries if entry.action.keeper}

    def _entries_of(self, run_id: str) -> list[Entry]:
        if run_id not in {run.id for run in self._ledger.journal().runs()}:
            raise SettingsError([_NO_RUN.format(run_id)])
        return list(self._ledger.journal().entries(run_id))


def _alone(work: Work, unit: Unit, holding: Holding) -> Result:
    """What is not a rename within a volume."""
    return (Crossing(work) if unit.is_across else Linking(work)).carry(unit, holding)


def _tidy(work: Work, run_id: str) -> None:
    """What cannot be tidied now is empty or a record of ours, and stays on record for the next time."""
    with suppress(OSError):
        tidy(work, run_id)


def _taken(removals: Iterable[PlannedRemoval]) -> set[str]:
    return {
        subject.file.path
        for removal in removals
        if removal.way in _VACATES
        for subject in (removal.victim, *removal.companions)
    }


def _with_units(entries: Sequence[Entry], paths: Collection[str]) -> list[Entry]:
    """The entries of these paths and of what went with them; all where no path is named."""
    if not paths:
        return list(entries)
    units = {entry.action.unit for entry in entries if entry.action.subject.path in paths}
    return [entry for entry in entries if entry.action.unit in units or _is_above(entry, paths)]


def _is_above(entry: Entry, paths: Collection[str]) -> bool:
    """A removed folder that has to come back for one of the paths."""
    folder = entry.action.subject.path + "/"
    return entry.action.kind is Kind.FOLDER and any(path.startswith(folder) for path in paths)


def _require_run_id(run_id: str) -> None:
    if not _RUN_ID.match(run_id):
        raise SettingsError([f"{run_id!r} cannot name a run: letters, digits, dot, dash and underline, 64 at most."])


def _require_merger(merger: Merger | None, plan: Plan) -> Merger | None:
    if any(removal.merge for removal in plan.removals) and (missing := INSTALL if merger is None else merger.missing()):
        raise SettingsError([missing])
    return merger


def _summary(run: Run) -> RunSummary:
    def files(*states: State) -> int:
        return sum(n for kind, state, n in run.states if kind is Kind.FILE and state in states)

    return RunSummary(
        run_id=run.id,
        plan_id=run.plan_id,
        started_ns=run.started_ns,
        away=files(State.MOVED),
        undone=files(State.UNDONE),
        purged=files(State.PURGED),
        not_done=files(State.REFUSED, State.FAILED, State.RACED, State.EXPIRED),
        unfinished=files(*(state for state in State if state.is_open)),
        lost_track=files(State.LOST_TRACK),
        folders_removed=sum(n for kind, state, n in run.states if kind is Kind.FOLDER and state is State.MOVED),
    )
