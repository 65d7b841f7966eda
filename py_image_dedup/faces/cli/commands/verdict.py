"""`verdict` and `verdicts`: the user's word on pairs, kept by content."""

import json
from datetime import UTC, datetime

import click

from py_image_dedup.faces.cli import options
from py_image_dedup.faces.cli.session import FINISHED, session
from py_image_dedup.model.verdicts import Judged, Verdict

NONE = "none"


@click.command()
@click.argument("left", metavar="A")
@click.argument("right", metavar="B")
@click.argument("word", metavar="not-a-copy|copy|series|none", type=click.Choice([*(v.value for v in Verdict), NONE]))
@options.state
def verdict(left: str, right: str, word: str, state: str | None) -> int:
    """Judge a pair, for good: A and B are files, or SHA-256 as `verdicts --json` shows them.

    `not-a-copy`: the pair is never shown again. `series`: another photograph of the same thing, shown and never
    removed. `copy`: shown for review where the measurement says otherwise; nothing is removed that would not have been
    without it. `none` takes the word back. It holds for the contents, whatever the files are called.
    """
    with session((), {"state.directory": state, "store": "memory"}, as_json=True, needs_paths=False) as at_work:
        questions = at_work.deduplicator.questions
        if word == NONE:
            there_was = questions.take_back(left, right)
            click.echo("Taken back." if there_was else "There was no verdict on this pair.")
        else:
            questions.judge(left, right, Verdict(word))
            click.echo(f"Kept: {word}.")
    return FINISHED


@click.command()
@options.state
@options.as_json
def verdicts(state: str | None, *, as_json: bool) -> int:
    """List all verdicts, oldest first, with the names that the files had when they were judged."""
    with session((), {"state.directory": state, "store": "memory"}, as_json=True, needs_paths=False) as at_work:
        given = at_work.deduplicator.questions.verdicts()
    if as_json:
        click.echo(json.dumps({"verdicts": [_values(judged) for judged in given]}, indent=1))
        return FINISHED
    for judged in given:
        click.echo(_line(judged))
    if not given:
        click.echo("No verdict was given yet.")
    return FINISHED


def _line(judged: Judged) -> str:
    from py_image_dedup.reports.names import printable

    day = datetime.fromtimestamp(judged.at_ns / 1e9, UTC)
    names = (printable(path) or content.hex() for path, content in _sides(judged))
    return f"{day:%Y-%m-%d}  {judged.verdict.value:<10}  {'  '.join(names)}"


def _sides(judged: Judged) -> tuple[tuple[str, bytes], tuple[str, bytes]]:
    return (judged.left_path, judged.left), (judged.right_path, judged.right)


def _values(judged: Judged) -> dict[str, object]:
    files = [{"path": path or None, "sha256": content.hex()} for path, content in _sides(judged)]
    return {"verdict": judged.verdict.value, "files": files, "at_ns": judged.at_ns}
