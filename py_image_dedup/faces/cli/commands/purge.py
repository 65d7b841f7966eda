"""`purge`: remove for good what was put aside."""

import sys
from datetime import timedelta

import click

from py_image_dedup.faces.cli import options
from py_image_dedup.faces.cli.session import session
from py_image_dedup.model.errors import RefusedForSafety


@click.command(short_help="Remove for good what was put aside long ago.")
@options.paths
@click.option("--run", "run_id", metavar="RUN", help="Only what this run put aside.")
@click.option("--now", is_flag=True, help="Do not wait for `deduplication.retention` to be over.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.state
@options.as_json
def purge(paths: tuple[str, ...], state: str | None, run_id: str | None, *, now: bool, yes: bool, as_json: bool) -> int:
    """Remove for good what was put aside at least `deduplication.retention` ago. This cannot be undone.

    PATH... are the folders in which the files that stayed are; each file goes only while the one that stayed for it
    is there and has the same content as then.
    """
    if not yes:
        _confirm()
    with session(paths, {"state.directory": state}, as_json=as_json) as at_work:
        retention = timedelta(0) if now else at_work.settings.deduplication.retention
        older_than_ns = retention // timedelta(microseconds=1) * 1000
        return at_work.tell_purged(at_work.deduplicator.purge(run_id, older_than_ns))


def _confirm() -> None:
    if not sys.stdin.isatty():
        raise RefusedForSafety("Purging cannot be undone and nobody can be asked here; say --yes if it is meant.")
    click.confirm("Remove for good what was put aside? This cannot be undone.", abort=True)
