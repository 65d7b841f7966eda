"""The listener of the command line: phase lines on stdout, a progress bar on a terminal, nothing else."""

import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from py_image_dedup.model.listeners import Silence
from py_image_dedup.model.outcomes import CopyReport, PurgeOutcome, RestoreOutcome, RunReport, RunSummary, Status
from py_image_dedup.reports.elsewhere import elsewhere_lines
from py_image_dedup.reports.names import counted, printable
from py_image_dedup.reports.summary import first_answer, what_was_done
from py_image_dedup.reports.table import tables
from py_image_dedup.reports.troubles import troubles

if TYPE_CHECKING:
    from py_image_dedup.faces.cli.bars import DrawnBar

PIPED_WIDTH = 200  # paths are seldom cut, and a pager or grep still sees whole lines
BAR_FROM_ITEMS = 20  # shorter phases are over before a bar can be read


class Plain:
    """Lines on stdout; no bar."""

    @contextmanager
    def running(self) -> Iterator[None]:
        """Nothing is drawn."""
        yield

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing is drawn anyway."""
        yield

    def line(self, text: str) -> None:
        """Print a line."""
        click.echo(text)

    def begins(self, items: int | None, *, visible: bool) -> None:
        """No bar."""

    def expects(self, items: int, *, visible: bool) -> None:
        """No bar."""

    def advances(self, steps: int) -> None:
        """No bar."""

    def ends(self) -> None:
        """No bar."""


class Terminal(Silence):
    """Prints phase lines; draws progress where a person looks on."""

    def __init__(self, *, phases: bool, bars: bool) -> None:
        self._phases = phases
        self._bar: DrawnBar | Plain = _drawn_bar() if bars else Plain()

    @contextmanager
    def running(self) -> Iterator["Terminal"]:
        """Draw while inside."""
        with self._bar.running():
            yield self

    def phase_started(self, number: int, total: int, title: str, items: int | None) -> None:
        """The phase's line, and an empty bar."""
        if self._phases:
            self._bar.line(f"Phase {number}/{total}: {title}")
        self._bar.begins(items, visible=(items or 0) >= BAR_FROM_ITEMS)

    def expected(self, items: int) -> None:
        """The bar gets its length."""
        self._bar.expects(items, visible=items >= BAR_FROM_ITEMS)

    def advanced(self, steps: int = 1) -> None:
        """The bar grows."""
        self._bar.advances(steps)

    def noted(self, text: str) -> None:
        """A line of its own."""
        if self._phases:
            self._bar.line(text)

    def phase_finished(self, number: int, seconds: float) -> None:  # noqa: ARG002 the port's signature
        """The bar goes."""
        self._bar.ends()

    def asked(self, question: str) -> bool:
        """Ask the person at the terminal, on stderr: stdout may carry JSON. Enter alone means no."""
        with self._bar.paused():
            return click.confirm(printable(question), err=True)

    def show(self, report: RunReport) -> None:
        """The whole report: what was found, a table a group, what was done, what gave trouble."""
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else PIPED_WIDTH
        for lines in (self._found(report, width), elsewhere_lines(report.elsewhere), troubles(report), report.notes):
            self._section(lines)

    def show_restored(self, restored: Sequence[RestoreOutcome]) -> None:
        """A line for each file or folder that did not come back, and how many did."""
        for outcome in restored:
            if outcome.status is not Status.UNDONE or outcome.path != outcome.original:
                self._bar.line(f"{printable(outcome.original)}: {outcome.reason or 'now ' + printable(outcome.path)}")
        back = sum(outcome.status is Status.UNDONE for outcome in restored)
        self._bar.line(f"Brought back: {back} of {len(restored)}")
        if back:
            self._bar.line("What came back stays: no run puts it aside but `deduplicate --again`.")

    def show_purged(self, purged: Sequence[PurgeOutcome]) -> None:
        """A line for each file that stayed, and how many went for good."""
        for outcome in purged:
            if outcome.status is not Status.DONE:
                self._bar.line(f"{printable(outcome.original)}: {outcome.reason}")
        gone = [outcome for outcome in purged if outcome.status is Status.DONE]
        self._bar.line(f"Purged: {len(gone):,} of {counted(len(purged), 'file')}")

    def show_copied(self, report: CopyReport) -> None:
        """A line for each file without a copy and each folder that could not be looked at, and how many have one."""
        for place in report.not_walked:
            self._bar.line(f"{printable(place.path)}: not looked at: {printable(place.reason)}")
        for outcome in report.copied:
            if outcome.status is not Status.DONE:
                self._bar.line(f"{printable(outcome.path)}: {printable(outcome.reason)}")
        done = [outcome for outcome in report.copied if outcome.status is Status.DONE]
        there = sum(bool(outcome.reason) for outcome in done)
        self._bar.line(
            f"Copied: {len(done) - there:,} of {counted(len(report.copied), 'file')}"
            f"{f', {there:,} were there already' if there else ''}; left out: {report.left_out:,}"
        )

    def show_runs(self, runs: Sequence[RunSummary], state_directory: str) -> None:
        """A line a run, newest first."""
        self._bar.line(f"Index and journal: {printable(state_directory)}")
        for run in runs:
            started = datetime.fromtimestamp(run.started_ns // 1_000_000_000, UTC).astimezone()
            counts = (("put aside", run.away), ("brought back", run.undone), ("purged", run.purged))
            more = (("not done", run.not_done), ("to be finished", run.unfinished), ("lost track of", run.lost_track))
            told = ", ".join(f"{n:,} {what}" for what, n in (*counts, *more) if n) or "nothing done"
            self._bar.line(f"{run.run_id}  {started:%Y-%m-%d %H:%M}  {told}")
        if not runs:
            self._bar.line("No run has removed anything yet.")

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
            self._bar.line("\n" + text)


def _drawn_bar() -> "DrawnBar":
    from py_image_dedup.faces.cli.bars import DrawnBar

    return DrawnBar()
