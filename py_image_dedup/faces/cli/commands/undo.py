"""`undo`: bring back what a run removed."""

import click

from py_image_dedup.faces.cli import options
from py_image_dedup.faces.cli.session import session


@click.command(short_help="Bring back what a run removed.")
@click.argument("run_id", metavar="RUN")
@options.state
@options.as_json
def undo(run_id: str, state: str | None, *, as_json: bool) -> int:
    """Bring back everything that the run RUN removed; `last` stands for the newest run. Nothing is overwritten.

    `status` lists the runs.
    """
    with session((), {"state.directory": state}, as_json=as_json, needs_paths=False) as at_work:
        return at_work.tell_restored(at_work.deduplicator.undo(run_id))
