"""One command at work: settings loaded, parts wired, signals received; and its results told.

With `--json` stdout carries one JSON object and nothing else; progress goes to stderr, and only to a terminal.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from py_image_dedup.model.errors import SettingsError, Stopped
from py_image_dedup.model.outcomes import CopyReport, PurgeOutcome, RestoreOutcome, RunReport, RunSummary, Status
from py_image_dedup.model.plans import Plan

if TYPE_CHECKING:  # what is heavy is imported where it is used: `--help` must answer at once
    from py_image_dedup.deduplicator import Deduplicator
    from py_image_dedup.faces.cli.stop import StopSwitch
    from py_image_dedup.faces.cli.terminal import Terminal
    from py_image_dedup.settings.settings import Settings

FINISHED = 0
FINISHED_WITH_FAILURES = 3
DRY_RUN = "==> DRY RUN! No files or folders will actually be deleted! <=="
READ_ONLY = "==> READ-ONLY! The source is mounted read-only: its pictures are analysed, and nothing is put aside. <=="


@dataclass(frozen=True, slots=True)
class Session:
    """What a command has in hand."""

    settings: "Settings"
    deduplicator: "Deduplicator"
    terminal: "Terminal"
    stop: "StopSwitch"
    as_json: bool

    def may_act(self) -> bool:
        """Not in a dry run, nor where no source can be written to; the first line says so."""
        from py_image_dedup.wiring.run import read_only_roots

        roots = self.settings.analysis.source_directories
        if self.settings.dry_run:
            self.terminal.noted(DRY_RUN)
            return False
        if read_only_roots(roots).issuperset(roots):
            self.terminal.noted(READ_ONLY)
            return False
        return True

    def tell(self, report: RunReport) -> int:
        """Print a report; the exit status it deserves."""
        from py_image_dedup.faces.cli.stop import SAFE_TO_START_AGAIN
        from py_image_dedup.model.wire import report_to_json

        if self.as_json:
            click.echo(report_to_json(report))
        else:
            self.terminal.show(report)
        if self.stop():
            raise Stopped(SAFE_TO_START_AGAIN)
        return FINISHED_WITH_FAILURES if report.has_failures else FINISHED

    def tell_restored(self, restored: Sequence[RestoreOutcome]) -> int:
        """Print what came back; the exit status it deserves."""
        if self.as_json:
            rows = [
                {"original": r.original, "path": r.path, "status": r.status.value, "reason": r.reason} for r in restored
            ]
            click.echo(json.dumps({"restored": rows}, indent=1))
        else:
            self.terminal.show_restored(restored)
        bad = any(r.status is not Status.UNDONE for r in restored)
        return FINISHED_WITH_FAILURES if bad else FINISHED

    def tell_purged(self, purged: Sequence[PurgeOutcome]) -> int:
        """Print what went for good; the exit status it deserves."""
        if self.as_json:
            rows = [{**asdict(p), "status": p.status.value} for p in purged]
            click.echo(json.dumps({"purged": rows}, indent=1))
        else:
            self.terminal.show_purged(purged)
        return FINISHED if all(p.status is Status.DONE for p in purged) else FINISHED_WITH_FAILURES

    def tell_copied(self, report: CopyReport) -> int:
        """Print what was copied out; the exit status it deserves."""
        from py_image_dedup.faces.cli.stop import SAFE_TO_START_AGAIN

        if self.as_json:
            rows = [{**asdict(c), "status": c.status.value} for c in report.copied]
            away = [{"path": place.path, "reason": place.reason} for place in report.not_walked]
            click.echo(json.dumps({"copied": rows, "left_out": report.left_out, "not_walked": away}, indent=1))
        else:
            self.terminal.show_copied(report)
        if self.stop():
            raise Stopped(SAFE_TO_START_AGAIN)
        return FINISHED_WITH_FAILURES if report.has_failures else FINISHED

    def tell_runs(self, runs: Sequence[RunSummary]) -> int:
        """Print the runs that acted."""
        if self.as_json:
            click.echo(
                json.dumps({"state": self.settings.state.directory, "runs": [asdict(run) for run in runs]}, indent=1)
            )
        else:
            self.terminal.show_runs(runs, self.settings.state.directory)
        return FINISHED


@contextmanager
def session(
    paths: Sequence[str],
    overrides: Mapping[str, object],
    *,
    as_json: bool,
    needs_paths: bool = True,
    again: bool = False,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Session]:
    """Load the settings, wire the parts, receive signals; all of it is released at the end.

    With `again`, what `undo` brought back may be planned for removal like every other file.
    """
    from py_image_dedup.faces.cli.stop import StopSwitch
    from py_image_dedup.faces.cli.terminal import Terminal
    from py_image_dedup.model.listeners import nobody
    from py_image_dedup.settings.load import load
    from py_image_dedup.wiring.run import deduplicator_for

    settings = load(paths=paths, overrides=overrides, environ=environ, check_folders=needs_paths)
    stop = StopSwitch()
    terminal = Terminal(phases=not as_json, bars=sys.stderr.isatty())
    confirm = terminal.asked if sys.stdin.isatty() else nobody
    wired = deduplicator_for(settings, terminal, stop, confirm, again=again)
    with stop.installed(), terminal.running(), wired as deduplicator:
        yield Session(settings, deduplicator, terminal, stop, as_json)


def write_plan(plan: Plan, path: str) -> None:
    """Write a plan file; an existing file is not overwritten. Raises SettingsError."""
    from py_image_dedup.model.wire import plan_to_json

    try:
        with open(path, "x", encoding="ascii") as file:
            file.write(plan_to_json(plan))
    except OSError as error:
        raise SettingsError([f"The plan cannot be written to {path}: {error.strerror}; name another file."]) from None


def read_plan(path: str) -> Plan:
    """Read a plan file. Raises SettingsError."""
    from py_image_dedup.model.wire import plan_from_json

    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a text file"
        raise SettingsError([f"The plan {path} cannot be read: {reason}."]) from None
    return plan_from_json(text, os.fspath(path))
