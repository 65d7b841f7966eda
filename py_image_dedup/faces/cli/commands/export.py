"""`export` and `import`: what was read, as a Parquet file."""

import os

import click

from py_image_dedup.faces.cli import options
from py_image_dedup.faces.cli.session import FINISHED


@click.command(short_help="Write what was read as a Parquet file.")
@click.argument("file", type=click.Path())
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path())
@options.state
def export(file: str, paths: tuple[str, ...], state: str | None) -> int:
    """Write the records of all files, or of those below PATH..., to FILE, which must not exist yet.

    Digests, facts and fingerprints are in it, no pictures; and the paths of the files.
    """
    from py_image_dedup.settings.load import load
    from py_image_dedup.wiring.care import export_records

    settings = load(overrides={"state.directory": state}, check_folders=False)
    roots = [os.path.abspath(path) for path in paths] or ["/"]
    click.echo(f"{export_records(settings, file, roots, _said):,} records are in {file}.")
    return FINISHED


@click.command("import", short_help="Take over what another machine has read.")
@click.argument("file", type=click.Path())
@options.state
def import_(file: str, state: str | None) -> int:
    """Put the records of FILE, which `export` has written, into the index.

    A record counts for a file of the same size, time and content, whatever its path; such a file is not decoded again.
    """
    from py_image_dedup.settings.load import load
    from py_image_dedup.wiring.care import import_records

    settings = load(overrides={"state.directory": state}, check_folders=False)
    click.echo(f"{import_records(settings, file, _said):,} records are in the index.")
    return FINISHED


def _said(text: str) -> None:
    click.echo(text, err=True)
