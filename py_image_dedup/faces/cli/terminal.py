"""The listener of the command line: phase lines on stdout, a progress bar on a terminal, nothing else."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from py_image_dedup.model.listeners import Silence
from py_image_dedup.model.outcomes import PurgeOutcome, RestoreOutcome, RunReport, RunSummary, Status
from py_image_dedup.reports.names import counted, printable
from py_image_dedup.reports.summary import first_answer, what_was_done
from py_image_dedup.reports.table import tables
from py_image_dedup.reports.troubles import troubles

PIPED_WIDTH = 200  # paths are seldom cut, and a pager or grep still sees whole lines
BAR_FROM_ITEMS = 20  # shorter phases are over before a bar can be read


class RateColumn(ProgressColumn):
    """Steps a second."""

    def render(self, task: Task) -> Text:
        """The current rate, empty while there is none."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


class Terminal(Silence):
    """Prints phase lines; draws progress where a person looks on."""

    def __init__(self, *, phases: bool, bars: bool) -> None:
        self._out = Console(highlight=False, soft_wrap=True, markup=False)
        self._phases = phases
        self._progress = Progress(
            TextColumn("  "),
            BarColumn(),
            MofNCompleteColumn(),
            RateColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not bars,
        )
        self._task = self._progress.add_task("", total=None, visible=False)

    @contextmanager
    def running(self) -> Iterator["Terminal"]:
        """Draw while inside."""
        with self._progress:
            yield self

    def phase_started(self, number: int, total: int, title: str, items: int | None) -> None:
        """The phase's line, and an empty bar."""
        if self._phases:
            self._out.print(f"Phase {number}/{total}: {title}")
        self._progress.reset(self._task, total=items, visible=(items or 0) >= BAR_FROM_ITEMS)

    def expected(self, items: int) -> None:
        """The bar gets its length."""
        self._progress.update(self._task, total=items, visible=items >= BAR_FROM_ITEMS)

    def advanced(self, steps: int = 1) -> None:
        """The bar grows."""
        self._progress.advance(self._task, steps)

    def noted(self, text: str) -> None:
        """A line of its own."""
        if self._phases:
            self._out.print(text)

    def phase_finished(self, number: int, seconds: float) -> None:  # noqa: ARG002 the port's signature
        """The bar goes."""
        self._progress.update(self._task, visible=False)

    def asked(self, question: str) -> bool:
        """Ask the person at the terminal, on stderr: stdout may carry JSON. Enter alone means no."""
        self._progress.stop()
        try:
            return click.confirm(printable(question), err=True)
        finally:
            self._progress.start()

    def show(self, report: RunReport) -> None:
        """The whole report: what was found, a table a group, what was done, what gave trouble."""
        width = self._out.width if self._out.is_terminal else PIPED_WIDTH
        for lines in (self._found(report, width), troubles(report), report.notes):
            self._section(lines)

    def show_restored(self, restored: Sequence[RestoreOutcome]) -> None:
        """A line for each file or folder that did not come back, and how many did."""
        for outcome in restored:
            if outcome.status is not Status.UNDONE or outcome.path != outcome.original:
                self._out.print(f"{printable(outcome.original)}: {outcome.reason or 'now ' + printable(outcome.path)}")
        back = sum(outcome.status is Status.UNDONE for outcome in restored)
        self._out.print(f"Brought back: {back} of {len(restored)}")

    def show_purged(self, purged: Sequence[PurgeOutcome]) -> None:
        """A line for each file that stayed, and how many went for good."""
        for outcome in purged:
            if outcome.status is not Status.DONE:
                self._out.print(f"{printable(outcome.original)}: {outcome.reason}")
        gone = [outcome for outcome in purged if outcome.status is Status.DONE]
        self._out.print(f"Purged: {len(gone):,} of {counted(len(purged), 'file')}")

    def show_runs(self, runs: Sequence[RunSummary], state_directory: str) -> None:
        """A line a run, newest first."""
        self._out.print(f"Index and journal: {printable(state_directory)}")
        for run in runs:
            started = datetime.fromtimestamp(run.started_ns // 1_000_000_000, UTC).astimezone()
            counts = (("put aside", run.away), ("brought back", run.undone), ("purged", run.purged))
            more = (("not done", run.not_done), ("to be finished", run.unfinished), ("lost track of", run.lost_track))
            told = ", ".join(f"{n:,} {what}" for what, n in (*counts, *more) if n) or "nothing done"
            self._out.print(f"{run.run_id}  {started:%Y-%m-%d %H:%M}  {told}")
        if not runs:
            self._out.print("No run has removed anything yet.")

    def _found(self, report: RunReport, width: int) -> Iterator[str]:
        if report.plan is None:
            yield f"{report.counts.analysed:,} files analysed, {report.counts.unchanged:,} unchanged since they were."
            return
        yield from first_answer(report.plan)
        yield ""
        yield from tables(report, width)
        yield ""
        yield from what_was_done(report)
        if report.counts.removed:
            yield f"Take it back:  py-image-dedup undo {report.run_id}"

    def _section(self, lines: Iterable[str]) -> None:
        text = "\n".join(lines)
        if text:
            self._out.print("\n" + text)
