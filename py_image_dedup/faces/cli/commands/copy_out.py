"""`copy-out`: the library without its copies, in a folder of its own."""

import click

from py_image_dedup.faces.cli import options
from py_image_dedup.faces.cli.session import session


@click.command("copy-out", short_help="Copy what stays of a library into another folder.")
@click.argument("directory", metavar="DIR", type=click.Path())
@options.paths
@click.option(
    "--relations", metavar="LIST", help="Copies of these relations are left out, for example same-bytes,same-pixels."
)
@options.state
@options.as_json
def copy_out(directory: str, paths: tuple[str, ...], relations: str | None, state: str | None, *, as_json: bool) -> int:
    """Copy everything that a run would leave, and what belongs to it, below DIR, keeping the tree; PATH is only read.

    Each copy is read back and compared. Nothing in DIR is replaced; what is there already is not copied again, so
    a run that was cut short may simply be started again. DIR must lie outside PATH...
    """
    with session(paths, {"state.directory": state, "deduplication.remove": relations}, as_json=as_json) as at_work:
        return at_work.tell_copied(at_work.deduplicator.copy_out(directory))
