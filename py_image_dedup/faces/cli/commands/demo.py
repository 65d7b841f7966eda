"""`demo`: a small library of generated pictures, and the plan for it."""

import os
import tempfile

import click

from py_image_dedup.faces.cli.session import session


@click.command(short_help="Generate a small library and show its plan.")
@click.argument("directory", metavar="[DIR]", required=False, type=click.Path())
@click.option("--seed", default=1, show_default=True, help="Another number, other pictures.")
def demo(directory: str | None, seed: int) -> int:
    """Make a library of generated pictures in DIR (new or empty), with a copy of every kind, and show its plan."""
    from py_image_dedup.demo.library import make_library

    place = directory if directory is not None else os.path.join(tempfile.mkdtemp(prefix="py-image-dedup-"), "Pictures")
    make_library(place, seed)
    click.echo(f"Generated pictures are in {place}\n")
    state = os.path.join(tempfile.mkdtemp(prefix="py-image-dedup-state-"))
    with session((place,), {"dry_run": True, "state.directory": state}, as_json=False, environ={}) as at_work:
        status = at_work.tell(at_work.deduplicator.deduplicate(act=at_work.may_act()))
    click.echo(f"\nPut the copies aside:  py-image-dedup deduplicate --no-dry-run '{place}'")
    click.echo("Take it back:          py-image-dedup undo last")
    return status
