"""`backup`: journal, index and verdicts, copied while they may be in use."""

import os

import click

from py_image_dedup.faces.cli import options
from py_image_dedup.faces.cli.session import FINISHED


@click.command(short_help="Copy journal, index and verdicts into a new folder.")
@click.argument("directory", metavar="DIR", type=click.Path())
@options.state
def backup(directory: str, state: str | None) -> int:
    """Copy journal, index and verdicts into DIR, which must not exist yet; a daemon may be at work meanwhile.

    `--state DIR` works with the copy; to restore it, put its files into an empty state folder. Pictures are not in it.
    """
    from py_image_dedup.settings.load import load
    from py_image_dedup.wiring.care import back_up_state

    settings = load(overrides={"state.directory": state}, check_folders=False)
    names = back_up_state(settings, os.path.abspath(directory))
    click.echo(f"Copied to {directory}: {', '.join(names)}")
    return FINISHED
