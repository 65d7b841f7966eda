"""`analyse`: fill the index, change no file."""

import click

from py_image_dedup.faces.cli import options
from py_image_dedup.faces.cli.session import session


@click.command(short_help="Read all pictures and remember them; change no file.")
@options.paths
@click.option("--on", "cluster", metavar="dask://HOST:PORT", help="Workers of this Dask cluster read the files.")
@options.state
@options.as_json
def analyse(paths: tuple[str, ...], cluster: str | None, state: str | None, *, as_json: bool) -> int:
    """Read all pictures and remember their fingerprints; change no file.

    PATH... stands for the source directories of the configuration.
    """
    with session(paths, {"state.directory": state, "analysis.on": cluster}, as_json=as_json) as at_work:
        return at_work.tell(at_work.deduplicator.analyse())
