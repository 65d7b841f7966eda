"""The library API: analyse, plan, apply, undo. `deduplicate` reads as the six phases."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from secrets import token_hex
from typing import Protocol

from py_image_dedup.model.errors import RefusedForSafety
from py_image_dedup.model.files import Walk
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import Star
from py_image_dedup.model.outcomes import (
    Counts,
    FolderOutcome,
    Outcome,
    PurgeOutcome,
    RestoreOutcome,
    RunReport,
    RunSummary,
    Status,
)
from py_image_dedup.model.plans import Plan
from py_image_dedup.model.ports import Clock, Listener
from py_image_dedup.phases import ANALYSE_PHASES, MOVING_TITLE, PHASES, SKIPPING, Phase
from py_image_dedup.phases.analyse import Analysis, analyse, recall, without_exif
from py_image_dedup.phases.cleanup import IsGone, forget, vanished
from py_image_dedup.phases.count import count_by_root
from py_image_dedup.phases.search import Searched, SearchParts, search

LAST = "last"


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


class Stop(Protocol):
    """The user's wish to stop."""

    def __call__(self) -> bool:
        """Whether to stop after the step in hand."""
        ...

    def held(self) -> AbstractContextManager[None]:
        """Inside, the wish is only remembered."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What a Deduplicator works with; `wiring` makes it from settings."""

    roots: tuple[str, ...]
    walk: Callable[[], Walk]
    absence: Callable[[Sequence[str]], IsGone]
    search: SearchParts
    plan: Callable[[Sequence[Star], Walk, frozenset[bytes]], Plan]
    hands: Hands
    clock: Clock
    listener: Listener
    stop: Stop
    uses_exif: bool
    moves: bool  # whether there is a target directory: the title of phase 5


class Deduplicator:
    """One library, one state. Every method gives a report; none prints or exits."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def analyse(self) -> RunReport:
        """Phases 2 and 3: fill the index. Changes no file."""
        with self._parts.hands.locked():
            with self._phase(Phase.COUNT, ANALYSE_PHASES):
                walked = self._parts.walk()
                self._parts.listener.walked(walked)
            analysis = self._analyse(walked, ANALYSE_PHASES, skip=False)
        return _looked_at(RunReport(self._new_run_id(), dry_run=True, counts=Counts()), walked, analysis)

    def deduplicate(self, *, act: bool, skip_analysis: bool = False) -> RunReport:
        """All six phases; with `act` false nothing below the roots is changed and nothing is forgotten."""
        run_id = self._new_run_id()
        with self._parts.hands.locked():
            notes = self._resume() if act else self._tell_unfinished()
            walked, forgotten = self._clean_up(act=act)
            self._count(walked)
            analysis = self._analyse(walked, PHASES, skip=skip_analysis)
            searched = self._search(self._as_used(analysis.records))
            plan = self._parts.plan(searched.stars, walked, frozenset(dict(searched.damaged)))
            report = self._carry_out(run_id, plan) if act else self._rehearse(run_id, plan)
        report = replace(report, counts=replace(report.counts, forgotten=forgotten), notes=notes)
        return _looked_at(report, walked, analysis)

    def apply(self, plan: Plan) -> RunReport:
        """Carry out a plan made earlier; everything is verified again at the act."""
        with self._parts.hands.locked():
            notes = self._resume()
            return replace(self._carry_out(self._new_run_id(), plan), notes=notes)

    def undo(self, run_id: str) -> tuple[RestoreOutcome, ...]:
        """Bring back what a run removed; `last` stands for the newest run that has files to bring back."""
        hands, stop = self._parts.hands, self._parts.stop
        with hands.locked(), stop.held():
            hands.resume()
            return tuple(hands.undo(_newest(hands.runs()) if run_id == LAST else run_id, stop))

    def purge(self, run_id: str | None, older_than_ns: int) -> tuple[PurgeOutcome, ...]:
        """Remove for good what was put aside longer ago than that; a file without a living keeper stays."""
        hands, stop = self._parts.hands, self._parts.stop
        with hands.locked(), stop.held():
            hands.resume()
            return tuple(hands.purge(self._parts.roots, run_id=run_id, older_than_ns=older_than_ns, stop=stop))

    def runs(self) -> tuple[RunSummary, ...]:
        """All runs that acted, newest first; changes nothing and waits for nobody."""
        return tuple(reversed(self._parts.hands.runs()))

    def _resume(self) -> tuple[str, ...]:
        with self._parts.stop.held():
            return tuple(self._parts.hands.resume())

    def _tell_unfinished(self) -> tuple[str, ...]:
        left = self._parts.hands.unfinished()
        sentence = f"An earlier run was interrupted with {left} files in hand; the next real run finishes it."
        return (sentence,) if left else ()

    def _clean_up(self, *, act: bool) -> tuple[Walk, int]:
        with self._phase(Phase.CLEANUP, PHASES):
            walked = self._parts.walk()
            self._parts.listener.walked(walked)
            gone = vanished(self._parts.search.store, walked, self._parts.absence(walked.roots))
            return walked, forget(self._parts.search.store, gone) if act else 0

    def _count(self, walked: Walk) -> None:
        with self._phase(Phase.COUNT, PHASES):
            for root, files in count_by_root(walked).items():
                self._parts.listener.noted(f"  {files:,} files in {root}")

    def _analyse(self, walked: Walk, phases: Sequence[Phase], *, skip: bool) -> Analysis:
        parts = self._parts.search
        title = Phase.ANALYSE.value + (SKIPPING if skip else "")
        with self._phase(Phase.ANALYSE, phases, title=title, items=len(walked.files)):
            if skip:
                return recall(walked.files, parts.store, parts.analyser.versions)
            return analyse(walked.files, parts.store, parts.analyser, self._parts.listener)

    def _as_used(self, records: Sequence[ImageRecord]) -> Sequence[ImageRecord]:
        return records if self._parts.uses_exif else tuple(without_exif(record) for record in records)

    def _search(self, records: Sequence[ImageRecord]) -> Searched:
        with self._phase(Phase.SEARCH, PHASES):
            return search(records, self._parts.search, self._parts.listener)

    def _carry_out(self, run_id: str, plan: Plan) -> RunReport:
        """Phases 5 and 6 for real."""
        parts = self._parts
        with parts.stop.held():
            with self._phase(Phase.DISPOSE, PHASES, title=self._dispose_title(), items=len(plan.removals)):
                outcomes = tuple(self._heard(parts.hands.dispose(run_id, plan, parts.stop)))
            with self._phase(Phase.FOLDERS, PHASES, title=_folders_title(plan)):
                folders = (
                    parts.hands.remove_emptied_folders(run_id, plan, outcomes) if plan.remove_empty_folders else ()
                )
        return _acted(RunReport(run_id, dry_run=False, counts=Counts(), plan=plan), outcomes, folders)

    def _rehearse(self, run_id: str, plan: Plan) -> RunReport:
        """Phases 5 and 6 as a dry run shows them."""
        with self._phase(Phase.DISPOSE, PHASES, title=self._dispose_title(), items=len(plan.removals)):
            outcomes = ()
        with self._phase(Phase.FOLDERS, PHASES, title=_folders_title(plan)):
            folders = self._parts.hands.rehearse_folders(plan) if plan.remove_empty_folders else ()
        return _acted(RunReport(run_id, dry_run=True, counts=Counts(), plan=plan), outcomes, folders)

    def _heard(self, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
        for outcome in outcomes:
            self._parts.listener.disposed(outcome)
            self._parts.listener.advanced()
            yield outcome

    def _dispose_title(self) -> str:
        return MOVING_TITLE if self._parts.moves else Phase.DISPOSE.value

    @contextmanager
    def _phase(
        self, phase: Phase, phases: Sequence[Phase], *, title: str = "", items: int | None = None
    ) -> Iterator[None]:
        number, started_s = phases.index(phase) + 1, self._parts.clock.monotonic_s()
        self._parts.listener.phase_started(number, len(phases), title or phase.value, items)
        yield
        self._parts.listener.phase_finished(number, self._parts.clock.monotonic_s() - started_s)

    def _new_run_id(self) -> str:
        """Sorts by time; the random part keeps two runs of one second apart."""
        seconds = self._parts.clock.now_ns() // 1_000_000_000
        return f"{datetime.fromtimestamp(seconds, UTC):%Y%m%dT%H%M%S}-{token_hex(3)}"


def _newest(runs: Sequence[RunSummary]) -> str:
    undoable = [run.run_id for run in runs if run.away or run.folders_removed]
    if not undoable:
        raise RefusedForSafety("There is no run to take back: nothing was removed, or all of it was brought back.")
    return undoable[-1]


def _folders_title(plan: Plan) -> str:
    return Phase.FOLDERS.value + ("" if plan.remove_empty_folders else SKIPPING)


def _looked_at(report: RunReport, walked: Walk, analysis: Analysis) -> RunReport:
    counts = replace(
        report.counts,
        files=len(walked.files),
        analysed=analysis.analysed,
        unchanged=analysis.unchanged,
        unreadable=len(analysis.unreadable),
        passed_over=len(walked.passed_over),
    )
    missing = f"{analysis.missing} files are not in the index yet and were left out; run without --skip-analyse-phase."
    return replace(
        report,
        counts=counts,
        unreadable=analysis.unreadable,
        passed_over=walked.passed_over,
        not_walked=walked.not_walked,
        notes=(*report.notes, missing) if analysis.missing else report.notes,
    )


def _acted(report: RunReport, outcomes: Sequence[Outcome], folders: Sequence[FolderOutcome]) -> RunReport:
    assert report.plan is not None
    done = [outcome for outcome in outcomes if outcome.status is Status.DONE]
    counts = replace(
        report.counts,
        groups=len(report.plan.groups),
        removed=len(done),
        removed_bytes=sum(outcome.removal.victim.file.size for outcome in done),
        refused=sum(outcome.status is Status.REFUSED for outcome in outcomes),
        failed=sum(outcome.status is Status.FAILED for outcome in outcomes),
        folders_removed=sum(folder.status is Status.DONE for folder in folders),
    )
    return replace(report, counts=counts, outcomes=tuple(outcomes), folders=tuple(folders))
