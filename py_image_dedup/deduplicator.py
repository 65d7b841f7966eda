"""The library API: analyse, plan, apply, undo. `deduplicate` reads as the six phases."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from secrets import token_hex

from py_image_dedup.keeping.caps import Caps
from py_image_dedup.model.differences import CheckReport, Difference, Fault
from py_image_dedup.model.elsewhere import CopyElsewhere
from py_image_dedup.model.errors import RefusedForSafety
from py_image_dedup.model.files import Walk
from py_image_dedup.model.hands import Hands, Stop
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import Star
from py_image_dedup.model.outcomes import (
    CopyOutcome,
    CopyReport,
    Counts,
    Outcome,
    PurgeOutcome,
    RestoreOutcome,
    RunReport,
    RunSummary,
)
from py_image_dedup.model.plans import Plan
from py_image_dedup.model.ports import Clock, Confirm, Listener
from py_image_dedup.model.questions import FindReport, Wanted
from py_image_dedup.phases import ANALYSE_PHASES, COPYING_TITLE, MOVING_TITLE, PHASES, SKIPPING, Phase
from py_image_dedup.phases.analyse import Analysis, analyse, recall, without_exif
from py_image_dedup.phases.check import ghosts
from py_image_dedup.phases.cleanup import IsGone, forget, vanished
from py_image_dedup.phases.consent import parted, require_consent, require_roots
from py_image_dedup.phases.copying import staying
from py_image_dedup.phases.count import count_by_root
from py_image_dedup.phases.elsewhere import nowhere
from py_image_dedup.phases.postponed import Postponement
from py_image_dedup.phases.report import acted, held, looked_at, removed, troubles
from py_image_dedup.phases.roots import RootParts, Roots, as_seen, compare, require_answers
from py_image_dedup.phases.search import Searched, SearchParts, search
from py_image_dedup.questions import Questions

LAST = "last"


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
    root_parts: RootParts
    confirm: Confirm
    caps: Caps
    questions: Questions
    elsewhere: Callable[[Sequence[ImageRecord]], tuple[CopyElsewhere, ...]] = nowhere
    postponement: Postponement | None = None  # files that need not be read although their record is missing


class Deduplicator:
    """One library, one state. Every method gives a report; none prints or exits."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def questions(self) -> Questions:
        """What can be asked beside a run: compare two files, find files, judge pairs."""
        return self._parts.questions

    def find(self, paths: Sequence[str], wanted: Wanted) -> FindReport:
        """Whether files, and the pictures in folders, are in the library already; they are not added to it."""
        return self.questions.find(paths, wanted)

    def analyse(self) -> RunReport:
        """Phases 2 and 3: fill the index. Changes no file."""
        with self._parts.hands.locked():
            with self._phase(Phase.COUNT, ANALYSE_PHASES):
                roots = self._walk()
            analysis = self._analyse(roots.walked, ANALYSE_PHASES, skip=False, every=True)
        report = RunReport(self._new_run_id(), dry_run=True, counts=Counts(), notes=troubles(roots))
        return looked_at(report, roots.walked, analysis)

    def deduplicate(self, *, act: bool, skip_analysis: bool = False) -> RunReport:
        """All six phases; with `act` false nothing below the roots is changed and nothing is forgotten."""
        run_id, store = self._new_run_id(), self._parts.search.store
        with self._parts.hands.locked():
            notes = self._resume() if act else self._tell_unfinished()
            roots, gone = self._clean_up()
            confirmed = require_roots(roots, self._parts.confirm) if act else frozenset()
            self._count(roots.walked)
            analysis = self._analyse(roots.walked, PHASES, skip=skip_analysis)
            parting = parted(gone, roots, self._parts.confirm if act else None)
            forgotten = (
                forget(store, parting.forgotten) if act else 0
            )  # after the analysis: what is gone may have moved
            searched, elsewhere = self._search(analysis.records)
            plan = self._parts.plan(searched.stars, roots.walked, frozenset(dict(searched.damaged)))
            if act:  # a run that is refused has looked all the same: what it holds need not wait until one may act
                self._remember(roots, parting.held)
            report = self._carry_out(run_id, plan, roots.walked) if act else self._rehearse(run_id, plan)
            missing = (*parting.held, *(() if act else parting.forgotten), *removed(report))
            self._remember(roots, missing, confirmed)
        notes = (*notes, *(() if act else troubles(roots)), *held(parting))
        report = replace(report, counts=replace(report.counts, forgotten=forgotten), notes=notes, elsewhere=elsewhere)
        return looked_at(report, roots.walked, analysis)

    def apply(self, plan: Plan) -> RunReport:
        """Carry out a plan made earlier; everything is verified again at the act."""
        with self._parts.hands.locked():
            notes = self._resume()
            roots = self._walk()
            require_roots(roots, self._parts.confirm)
            return replace(self._carry_out(self._new_run_id(), plan, roots.walked), notes=notes)

    def copy_out(self, directory: str) -> CopyReport:
        """Copy every file that a run would leave, and what belongs to it, below a folder; the library is only read."""
        parts = self._parts
        with parts.hands.locked():
            roots = self._walk()
            self._count(roots.walked)
            analysis = self._analyse(roots.walked, PHASES, skip=False, every=True)
            searched, _ = self._search(analysis.records)
            plan = parts.plan(searched.stars, roots.walked, frozenset(dict(searched.damaged)))
            subjects = staying(roots.walked, analysis.records, plan)
            with parts.stop.held(), self._phase(Phase.DISPOSE, PHASES, title=COPYING_TITLE, items=len(subjects)):
                copied = tuple(self._counted(parts.hands.copy_out(directory, roots.walked.roots, subjects, parts.stop)))
            files = len(roots.walked.files) + len(roots.walked.companions)
            return CopyReport(copied, files - len(subjects), roots.walked.not_walked)

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

    def check(self, *, read: bool, repair: bool) -> CheckReport:
        """Journal, quarantines, disk and index beside each other; a repair writes journal, records and index alone."""
        hands, stop = self._parts.hands, self._parts.stop
        with hands.locked(), stop.held():
            found = self._differences(read=read)
            if not repair:
                return CheckReport(tuple(found))
            mended = list(hands.repair(self._parts.roots, found))
            left = self._differences(read=read)  # what the journal lost track of by now is one of the index's ghosts
            gone = [one.path for one in left if one.fault is Fault.GHOST]
            if forget(self._parts.search.store, gone):
                mended.append(f"The index has forgotten {len(gone):,} files that are gone.")
            return CheckReport(tuple(one for one in left if one.fault is not Fault.GHOST), tuple(mended))

    def _differences(self, *, read: bool) -> list[Difference]:
        parts = self._parts
        found = list(parts.hands.check(parts.roots, read=read))
        away = () if any(one.fault is Fault.JOURNAL_DAMAGED for one in found) else parts.hands.away()
        return [*found, *ghosts(parts.search.store, parts.roots, away, parts.absence(parts.roots))]

    def _resume(self) -> tuple[str, ...]:
        with self._parts.stop.held():
            return tuple(self._parts.hands.resume())

    def _tell_unfinished(self) -> tuple[str, ...]:
        """A journal that cannot be read stops removal and not the looking."""
        try:
            left = self._parts.hands.unfinished()
        except RefusedForSafety as error:
            return (str(error),)
        sentence = f"An earlier run was interrupted with {left} files in hand; the next real run finishes it."
        return (sentence,) if left else ()

    def _walk(self) -> Roots:
        """What there is below the roots, beside what was there before. Raises RefusedForSafety where one hangs."""
        parts = self._parts
        looks = parts.root_parts.look()
        require_answers(looks)
        walked = parts.walk()
        parts.listener.walked(walked)
        return compare(walked, looks, parts.root_parts.memory, parts.search.store)

    def _clean_up(self) -> tuple[Roots, list[str]]:
        with self._phase(Phase.CLEANUP, PHASES):
            roots = self._walk()
            return roots, vanished(self._parts.search.store, roots.walked, self._parts.absence(roots.walked.roots))

    def _count(self, walked: Walk) -> None:
        with self._phase(Phase.COUNT, PHASES):
            for root, files in count_by_root(walked).items():
                self._parts.listener.noted(f"  {files:,} files in {root}")

    def _analyse(self, walked: Walk, phases: Sequence[Phase], *, skip: bool, every: bool = False) -> Analysis:
        parts = self._parts.search
        title = Phase.ANALYSE.value + (SKIPPING if skip else "")
        with self._phase(Phase.ANALYSE, phases, title=title, items=len(walked.files)):
            if skip:
                return recall(walked.files, parts.store, parts.analyser.versions)
            postponement = None if every else self._parts.postponement
            return analyse(walked.files, parts.store, parts.analyser, self._parts.listener, postponement)

    def _remember(self, roots: Roots, missing: Iterable[str], confirmed: Iterable[str] = ()) -> None:
        self._parts.root_parts.memory.remember(as_seen(roots, missing, confirmed))

    def _as_used(self, records: Sequence[ImageRecord]) -> Sequence[ImageRecord]:
        return records if self._parts.uses_exif else tuple(without_exif(record) for record in records)

    def _search(self, records: Sequence[ImageRecord]) -> tuple[Searched, tuple[CopyElsewhere, ...]]:
        with self._phase(Phase.SEARCH, PHASES):
            searched = search(self._as_used(records), self._parts.search, self._parts.listener)
            return searched, self._parts.elsewhere(records)

    def _carry_out(self, run_id: str, plan: Plan, walked: Walk) -> RunReport:
        """Phases 5 and 6 for real, once it is certain that they may be."""
        require_consent(plan, walked, self._parts.caps, self._parts.confirm)
        parts = self._parts
        with parts.stop.held():
            with self._phase(Phase.DISPOSE, PHASES, title=self._dispose_title(), items=len(plan.removals)):
                outcomes = tuple(self._heard(parts.hands.dispose(run_id, plan, parts.stop)))
            with self._phase(Phase.FOLDERS, PHASES, title=_folders_title(plan)):
                folders = (
                    parts.hands.remove_emptied_folders(run_id, plan, outcomes) if plan.remove_empty_folders else ()
                )
        return acted(RunReport(run_id, dry_run=False, counts=Counts(), plan=plan), outcomes, folders)

    def _rehearse(self, run_id: str, plan: Plan) -> RunReport:
        """Phases 5 and 6 as a dry run shows them."""
        with self._phase(Phase.DISPOSE, PHASES, title=self._dispose_title(), items=len(plan.removals)):
            outcomes = ()
        with self._phase(Phase.FOLDERS, PHASES, title=_folders_title(plan)):
            folders = self._parts.hands.rehearse_folders(plan) if plan.remove_empty_folders else ()
        return acted(RunReport(run_id, dry_run=True, counts=Counts(), plan=plan), outcomes, folders)

    def _heard(self, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
        for outcome in outcomes:
            self._parts.listener.disposed(outcome)
            self._parts.listener.advanced()
            yield outcome

    def _counted(self, copied: Iterable[CopyOutcome]) -> Iterator[CopyOutcome]:
        for outcome in copied:
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
