"""`daemon`: watch, and run the six phases after changes."""

import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import click

from py_image_dedup.faces.cli import options
from py_image_dedup.faces.cli.session import DRY_RUN
from py_image_dedup.faces.cli.stop import SIGNALS, StopSwitch
from py_image_dedup.model.errors import Stopped

if TYPE_CHECKING:
    from py_image_dedup.settings.settings import Settings


@click.command()
@options.paths
@click.option("-dr", "--dry-run", "dry_run", is_flag=True, help="Only show what would be done; always wins.")
@options.state
def daemon(paths: tuple[str, ...], state: str | None, *, dry_run: bool) -> int:
    """Watch the folders, find new duplicates within a minute, and put the copies aside if this is no dry run.

    PATH... stands for the source directories of the configuration. Metrics and health are served on stats.port.
    """
    from py_image_dedup.faces.cli.terminal import Terminal
    from py_image_dedup.faces.daemon.daemon import Daemon, journal_stamps
    from py_image_dedup.faces.daemon.last_resort import last_resort
    from py_image_dedup.faces.daemon.memory import use_one_heap
    from py_image_dedup.faces.daemon.voice import Voice
    from py_image_dedup.settings.load import load
    from py_image_dedup.wiring.run import deduplicator_for

    use_one_heap()
    settings = _answered(
        partial(load, paths=paths, overrides={"state.directory": state, "dry_run": True if dry_run else None})
    )
    voice = Voice(Terminal(phases=True, bars=False).show, stamp=not journal_stamps(os.environ))
    voice.said(DRY_RUN if settings.dry_run else _wanted(settings))
    stop = StopSwitch()
    with stop.installed(), last_resort(SIGNALS):
        try:
            Daemon(settings, lambda heard: deduplicator_for(settings, heard, stop), voice, stop, os.environ).work()
        except Stopped:
            voice.said("Stopped. It is safe to start again.")
    return 0


def _answered(load: Callable[..., "Settings"]) -> "Settings":
    """A share that does not answer is no reason not to start: the daemon tells of it and waits for it."""
    from py_image_dedup.faces.daemon.glance import Glance

    try:
        return Glance(load).take()
    except TimeoutError:
        return load(check_folders=False)


def _wanted(settings: "Settings") -> str:
    wanted = settings.deduplication
    if not wanted.remove:
        return "No copy is put aside: deduplication.remove names no relation."
    relations = ", ".join(relation.value for relation in wanted.remove)
    fates = {
        "quarantine": "put aside",
        "target": f"moved to {wanted.duplicates_target_directory}",
        "trash": "put into the trash",
    }
    return f"Copies ({relations}) are {fates.get(wanted.way, 'replaced by links')}."
