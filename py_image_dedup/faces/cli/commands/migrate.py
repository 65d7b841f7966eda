"""`migrate`: an index of version 1 or 2 on a search server, copied into one of this version."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from py_image_dedup.faces.cli import options
from py_image_dedup.faces.cli.session import FINISHED

if TYPE_CHECKING:
    from py_image_dedup.wiring.care import Migration


@click.command(short_help="Copy an index of version 1 or 2 on a search server into one of this version.")
@click.option("--dry-run", is_flag=True, help="Only say what there is to copy.")
@options.state
@options.as_json
def migrate(state: str | None, *, dry_run: bool, as_json: bool) -> int:
    """Copy an index of version 1 or 2 on the search server, then let the alias stand for the copy.

    The old index is only read and stays. Of several documents for one file the latest is taken. Interrupted at any
    point, the next start goes on. The first run does the same by itself.
    """
    from py_image_dedup.settings.load import load
    from py_image_dedup.wiring.care import migrate as copy

    settings = load(overrides={"state.directory": state}, check_folders=False)
    found = copy(settings, lambda text: click.echo(text, err=as_json), act=not dry_run)
    if as_json:
        click.echo(json.dumps({"migrated": None if found is None else asdict(found)}, indent=1))
    elif found is None:
        click.echo("There is no index of an older version.")
    elif dry_run:
        click.echo(_what_there_is(found))
    return FINISHED


def _what_there_is(found: "Migration") -> str:
    return (
        f"The index {found.source!r} of an older version holds {found.documents:,} documents; the copy would stand"
        f" behind {found.alias!r}."
    )
