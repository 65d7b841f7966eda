"""Hundreds of pictures that are no copies, among them pages, night skies and black ones: no group of strangers."""

from pathlib import Path

from tests.support.cli import CommandLine
from tests.support.crowd import strangers_grouped, whose, write_crowd

PICTURES = 300
EVERYTHING = "same-bytes,same-pixels,same-picture,turned,edited"


def test_no_strangers_stand_in_one_group_and_the_copies_do(command_line: CommandLine, tmp_path: Path) -> None:
    library = tmp_path / "library"
    write_crowd(library, PICTURES)

    answer = command_line.run("deduplicate", "--dry-run", "--json", "--relations", EVERYTHING, library)

    assert answer.status == 0, answer.err
    groups = [
        [g["keeper"], *(m["path"] for m in g["members"] if m["relation"] in EVERYTHING.split(","))]
        for g in answer.json["groups"]
    ]
    together = {path for group in groups for path in group if sum(whose(p) == whose(path) for p in group) > 1}
    assert list(strangers_grouped(groups)) == []
    assert {str(path) for path in library.rglob("*-copy-*")} <= together
