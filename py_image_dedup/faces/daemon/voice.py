"""What the daemon says on stdout: a line for what happens, and of a run what the one before it did not tell."""

import time
from collections.abc import Callable

import click

from py_image_dedup.faces.daemon.news import is_worth_telling
from py_image_dedup.faces.daemon.settle import Settled
from py_image_dedup.model.listeners import Silence
from py_image_dedup.model.outcomes import RunReport
from py_image_dedup.reports.names import counted
from py_image_dedup.reports.troubles import troubles


class Voice(Silence):
    """Phase lines in the first run only: later ones come with every change."""

    def __init__(self, show: Callable[[RunReport], None], *, stamp: bool) -> None:
        self._show = show
        self._stamp = stamp
        self._phases = True

    def said(self, sentence: str) -> None:
        """One line, with the time unless the journal adds it."""
        before = time.strftime("%Y-%m-%d %H:%M:%S ") if self._stamp else ""
        click.echo(before + sentence.encode("utf-8", "backslashreplace").decode())

    def noted(self, text: str) -> None:
        """A sentence of a run."""
        self.said(text)

    def phase_started(self, number: int, total: int, title: str, items: int | None) -> None:  # noqa: ARG002 the port's
        """The phase's line."""
        if self._phases:
            self.said(f"Phase {number}/{total}: {title}")

    def run_started(self, why: Settled) -> None:
        """What the run is for."""
        changed = [counted(why.files, "changed file")] if why.files else []
        self.said(f"A run begins: {'; '.join([*changed, *why.reasons])}.")

    def run_finished(self, report: RunReport, news: RunReport) -> None:
        """One line, then what the last run did not tell: everything after the first one."""
        counts, fresh = report.counts, len(news.plan.groups) if news.plan is not None else 0
        groups = f"{counted(counts.groups, 'group')}{f', {fresh:,} with news' if 0 < fresh < counts.groups else ''}"
        self.said(f"The run has ended: {counted(counts.files, 'file')}, {counts.analysed:,} read, {groups}.")
        if is_worth_telling(news):
            self._show(news)
        else:
            self._mention(news)
        self._phases = False

    def _mention(self, news: RunReport) -> None:
        lines = (*troubles(news), *news.notes)
        if lines:
            self.said("\n".join(lines))
