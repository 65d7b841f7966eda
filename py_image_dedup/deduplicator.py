"""The library API: analyse, plan, apply, undo. `deduplicate` reads as the six phases."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from secrets import token_hex
from typing import Protocol

from py_image_dedup.keeping.caps import Caps, beyond, without_keeper
from py_image_dedup.model.differences import CheckReport, Difference, Fault
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
from py_image_dedup.model.ports import Clock, Confirm, Listener
from py_image_dedup.model.questions import FindReport, Wanted
from py_image_dedup.phases import ANALYSE_PHASES, MOVING_TITLE, PHASES, SKIPPING, Phase
from py_image_dedup.phases.analyse import Analysis, analyse, recall, without_exif
from py_image_dedup.phases.check import ghosts
from py_image_dedup.phases.cleanup import IsGone, forget, vanished
from py_image_dedup.phases.count import count_by_root
from py_image_dedup.phases.roots import Parting, RootParts, Roots, as_seen, compare, files_in, part, require_answers
from py_image_dedup.phases.search import Searched, SearchParts, search
from py_image_dedup.questions import Questions

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
            analysis = self._analyse(roots.walked, ANALYSE_PHASES, skip=False)
        report = RunReport(self._new_run_id(), dry_run=True, counts=Counts(), notes=_troubles(roots))
        return _looked_at(report, roots.walked, analysis)

    def deduplicate(self, *, act: bool, skip_analysis: bool = False) -> RunReport:
        """All six phases; with `act` false nothing below the roots is changed and nothing is forgotten."""
        run_id, store = self._new_run_id(), self._parts.search.store
        with self._parts.hands.locked():
            notes = self._resume() if act else self._tell_unfinished()
            roots, gone = self._clean_up()
            confirmed = self._require_roots(roots) if act else frozenset()
            self._count(roots.walked)
            analysis = self._analyse(roots.walked, PHASES, skip=skip_analysis)
            parting = self._part(gone, roots, act=act)
            forgotten = (
                forget(store, parting.forgotten) if act else 0
            )  # after the analysis: what is gone may have moved
            searched = self._search(self._as_used(analysis.records))
            plan = self._parts.plan(searched.stars, roots.walked, frozenset(dict(searched.damaged)))
            report = self._carry_out(run_id, plan, roots.walked) if act else self._rehearse(run_id, plan)
            missing = (*parting.held, *(() if act else parting.forgotten), *_removed(report))
            self._parts.root_parts.memory.remember(as_seen(roots, missing, confirmed))
        notes = (*notes, *(() if act else _troubles(roots)), *_held(parting))
        report = replace(report, counts=replace(report.counts, forgotten=forgotten), notes=notes)
        return _looked_at(report, roots.walked, analysis)

    def apply(self, plan: Plan) -> RunReport:
        """Carry out a plan made earlier; everything is verified again at the act."""
        with self._parts.hands.locked():
            notes = self._resume()
            roots = self._walk()
            self._require_roots(roots)
            return replace(self._carry_out(self._new_run_id(), plan, roots.walked), notes=notes)

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
            gone = [one.path for one in found if one.fault is Fault.GHOST]
            if forget(self._parts.search.store, gone):
                mended.append(f"The index has forgotten {len(gone):,} files that are gone.")
            return CheckReport(tuple(self._differences(read=read)), tuple(mended))

    def _differences(self, *, read: bool) -> list[Difference]:
        parts = self._parts
        found = list(parts.hands.check(parts.roots, read=read))
        away = () if any(one.fault is Fault.JOURNAL_DAMAGED for one in found) else parts.hands.away()
        return [*found, *ghosts(parts.search.store, parts.roots, away, parts.absence(parts.roots))]

    def _resume(self) -> tuple[str, ...]:
        with self._parts.stop.held():
            return tuple(self._parts.hands.resume())

    def _tell_unfinished(self) -> tuple[str, ...]:
        left = self._parts.hands.unfinished()
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

    def _require_roots(self, roots: Roots) -> frozenset[str]:
        """The roots that a person spoke for; raises RefusedForSafety while there is any other trouble."""
        for trouble in roots.troubles:
            question = f"{trouble.sentence} Go on with it as it is?"
            if not (trouble.may_be_confirmed and self._parts.confirm(question)):
                raise RefusedForSafety(f"{trouble.sentence} Nothing was touched or forgotten.")
        return frozenset(trouble.root for trouble in roots.troubles)

    def _part(self, gone: Sequence[str], roots: Roots, *, act: bool) -> Parting:
        parting = part(gone, roots)
        question = f"{len(parting.held):,} known files are missing at once. Forget them?"
        if act and parting.held and self._parts.confirm(question):
            return Parting(tuple(gone), ())
        return parting

    def _require_consent(self, plan: Plan, walked: Walk) -> None:
        """Raise RefusedForSafety for a plan that would lose a picture, and for a large one that no person allowed."""
        hopeless = without_keeper(plan)
        if hopeless:
            raise RefusedForSafety(f"The plan would lose pictures: {hopeless[0]}. Nothing was touched.")
        files = {root: len(files_in(root, walked.files)) for root in walked.roots}
        reasons = " and ".join(beyond(plan, files, self._parts.caps))
        if reasons and not self._parts.confirm(f"This run would put aside {reasons}. Go on?"):
            raise RefusedForSafety(
                f"This run would put aside {reasons}. Look at it with --dry-run, then allow it with --yes, or raise"
                " deduplication.max_files and deduplication.max_share. Nothing was touched."
            )

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

    def _carry_out(self, run_id: str, plan: Plan, walked: Walk) -> RunReport:
        """Phases 5 and 6 for real, once it is certain that they may be."""
        self._require_consent(plan, walked)
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


def _troubles(roots: Roots) -> tuple[str, ...]:
    return tuple(f"{trouble.sentence} A real run would refuse to act." for trouble in roots.troubles)


def _held(parting: Parting) -> tuple[str, ...]:
    sentence = (
        f"{len(parting.held):,} known files are missing at once; they are forgotten if the next run misses them too."
    )
    return (sentence,) if parting.held else ()


def _removed(report: RunReport) -> Iterator[str]:
    """Paths whose record stays, for `undo`, although this run took the file away."""
    return (outcome.removal.victim.file.path for outcome in report.outcomes if outcome.status is Status.DONE)


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
