"""What the daemon says on stdout: a line for what happens, the report of a run that found something new."""

import time
from collections.abc import Callable

import click

from py_image_dedup.faces.daemon.settle import Settled
from py_image_dedup.model.listeners import Silence
from py_image_dedup.model.outcomes import RunReport


class Voice(Silence):
    """Phase lines in the first run only: later ones come with every change."""

    def __init__(self, show: Callable[[RunReport], None], *, stamp: bool) -> None:
        self._show = show
        self._stamp = stamp
        self._phases = True
        self._shown = ""

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
        changed = [f"{why.files:,} changed files"] if why.files else []
        self.said(f"A run begins: {'; '.join([*changed, *why.reasons])}.")

    def run_finished(self, report: RunReport) -> None:
        """The whole report where it differs from the last one shown, else one line."""
        counts, plan = report.counts, report.plan
        self.said(f"The run has ended: {counts.files:,} files, {counts.analysed:,} read, {counts.groups:,} groups.")
        if plan is not None and (plan.id != self._shown or report.outcomes) and plan.groups:
            self._show(report)
            self._shown = plan.id
        self._phases = False
