"""`status`: what was done so far, and what can be taken back."""

import click

from py_image_dedup.faces.cli import options
from py_image_dedup.faces.cli.session import session


@click.command(short_help="List the runs that removed files.")
@options.state
@options.as_json
def status(state: str | None, *, as_json: bool) -> int:
    """List the runs that removed files, newest first, and whether anything is left to be finished."""
    with session((), {"state.directory": state}, as_json=as_json, needs_paths=False) as at_work:
        return at_work.tell_runs(at_work.deduplicator.runs())
