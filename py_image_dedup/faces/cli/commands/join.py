"""`join`: near pictures in what several machines have exported."""

import json
import os

import click

from py_image_dedup.faces.cli.session import FINISHED


@click.command(short_help="List near pictures in what was exported, of one machine or several.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())
@click.option(
    "--on", "cluster", metavar="dask://HOST:PORT", help="Workers of this Dask cluster do it; they see FILE..."
)
def join(files: tuple[str, ...], cluster: str | None) -> int:
    """Print each pair of near pictures in FILE..., which `export` has written, as one JSON object a line.

    They are found by their fingerprints alone: candidates, which nobody has compared. Nothing is changed.
    """
    from py_image_dedup.wiring.care import join_exports

    for pair in join_exports([os.path.abspath(file) for file in files], cluster):
        (left_in, left), (right_in, right) = pair.left, pair.right
        row = {"left": left, "left_in": left_in, "right": right, "right_in": right_in}
        click.echo(json.dumps({**row, "distance": round(pair.distance, 4), "same_bytes": pair.same_bytes}))
    return FINISHED
