"""`compare`: how two files are related."""

import json

import click

from py_image_dedup.faces.cli import options
from py_image_dedup.faces.cli.session import FINISHED, FINISHED_WITH_FAILURES, session
from py_image_dedup.model.errors import SettingsError
from py_image_dedup.model.images import Unreadable
from py_image_dedup.model.matches import REMOVABLE
from py_image_dedup.model.questions import PairAnswer

NOT_SIMILAR = 1


@click.command()
@click.argument("left", metavar="A", type=click.Path())
@click.argument("right", metavar="B", type=click.Path())
@click.option(
    "--min-similarity",
    metavar="GRADE",
    type=click.FloatRange(0, 1),
    help="Judge by the grade alone: similar from this on.",
)
@click.option(
    "--picture", "picture_file", metavar="OUT.png", type=click.Path(), help="Draw both, aligned; OUT.png must be new."
)
@options.state
@options.as_json
def compare(
    left: str,
    right: str,
    min_similarity: float | None,
    picture_file: str | None,
    state: str | None,
    *,
    as_json: bool,
) -> int:
    """Say how B is related to A, with the evidence and a grade from 0 to 1 (structural similarity).

    Ends with 0 where B is a copy of A (same-bytes to edited; with --min-similarity: where the grade is reached), with 1
    where it is none, and with 3 where a file cannot be read. Neither file is added to the index.
    """
    overrides = {"state.directory": state, "store": "memory"}
    with session((), overrides, as_json=True, needs_paths=False) as at_work:
        answer = at_work.deduplicator.questions.compare(left, right, drawn=picture_file is not None)
    if not isinstance(answer, PairAnswer):
        return _tell_unreadable(answer, as_json=as_json)
    if picture_file is not None and answer.picture is not None:
        write_new(picture_file, answer.picture)
    _tell(answer, as_json=as_json)
    return FINISHED if is_similar(answer, min_similarity) else NOT_SIMILAR


def is_similar(answer: PairAnswer, min_similarity: float | None) -> bool:
    """Whether the pair counts as similar: by its relation, or by its grade where one is asked for."""
    if min_similarity is None:
        return answer.relation in REMOVABLE
    return answer.grade is not None and answer.grade >= min_similarity


def write_new(path: str, data: bytes) -> None:
    """Write a file that does not exist yet. Raises SettingsError."""
    try:
        with open(path, "xb") as file:
            file.write(data)
    except OSError as error:
        reason = f"The picture cannot be written to {path}: {error.strerror}; name another file."
        raise SettingsError([reason]) from None


def _tell(answer: PairAnswer, *, as_json: bool) -> None:
    from py_image_dedup.reports.pair import pair_lines, pair_values

    for line in [json.dumps(pair_values(answer), indent=1)] if as_json else pair_lines(answer):
        click.echo(line)


def _tell_unreadable(files: tuple[Unreadable, ...], *, as_json: bool) -> int:
    from py_image_dedup.reports.names import printable

    if as_json:
        errors = [{"path": f.file.path, "kind": f.kind.value, "reason": f.reason} for f in files]
        click.echo(json.dumps({"relation": None, "grade": None, "errors": errors}, indent=1))
    for file in files:
        click.echo(f"{printable(file.file.path)}: {file.kind.value}: {printable(file.reason)}", err=True)
    return FINISHED_WITH_FAILURES
