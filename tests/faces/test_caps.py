"""A large removal takes a person's consent; a plan without keepers is never carried out."""

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from py_image_dedup.stores.sqlite import SqliteStore
from tests.support.cli import COMMAND, CommandLine
from tests.support.daemons import copy_of
from tests.support.drawn import drawn, encoded
from tests.support.tree import read_tree

FEW = {"PY_IMAGE_DEDUP_DEDUPLICATION_MAX_FILES": "2"}


def at_a_terminal(command_line: CommandLine, answer: str, *arguments: str | Path) -> tuple[int, str]:
    """Run with a terminal as standard input, on which somebody types `answer`; status and what stderr said."""
    person, terminal = pty.openpty()
    os.write(person, answer.encode() + b"\n")
    ended = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        stdin=terminal,
        capture_output=True,
        text=True,
        cwd=command_line.home,
        env={**command_line.environment, **FEW},
        timeout=120,
        check=False,
    )
    os.close(person)
    os.close(terminal)
    return ended.returncode, ended.stderr


def picture_at(path: Path, seed: int) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(encoded(drawn(seed, 64, 48), "PNG"))
    return path


def indexed(command_line: CommandLine) -> set[str]:
    store = SqliteStore(os.path.join(command_line.environment["PY_IMAGE_DEDUP_STATE_DIRECTORY"], "index.sqlite"))
    try:
        return {file.path for file in store.files_under(["/"])}
    finally:
        store.close()


def test_without_a_terminal_a_large_removal_is_refused_before_anything_happens(
    command_line: CommandLine, pictures: Path
) -> None:
    before = read_tree(pictures)

    ended = command_line.run("deduplicate", "--no-dry-run", pictures, **FEW)

    assert ended.status == 4
    assert "more than the 2 allowed at once" in ended.err
    assert "--yes" in ended.err
    assert read_tree(pictures) == before
    assert "No run has removed anything yet." in command_line.run("status").out


def test_a_dry_run_needs_no_consent(command_line: CommandLine, pictures: Path) -> None:
    assert command_line.run("deduplicate", "--dry-run", pictures, **FEW).status == 3  # one file is damaged


def test_yes_is_consent(command_line: CommandLine, pictures: Path) -> None:
    ended = command_line.run("deduplicate", "--no-dry-run", "--yes", "--json", pictures, **FEW)

    assert ended.json["counts"]["removed"] >= 8


@pytest.mark.parametrize(("answer", "acts"), [("y", True), ("n", False), ("", False)])
def test_a_person_at_a_terminal_is_asked(command_line: CommandLine, pictures: Path, answer: str, acts: bool) -> None:
    before = read_tree(pictures)

    status, said = at_a_terminal(command_line, answer, "deduplicate", "--no-dry-run", pictures)

    assert "Go on? [y/N]" in said
    assert status == (3 if acts else 4)
    assert (read_tree(pictures) != before) is acts


def test_a_plan_is_no_way_around(command_line: CommandLine, pictures: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    command_line.run("deduplicate", "--plan", plan, pictures)
    before = read_tree(pictures)

    refused = command_line.run("apply", plan, **FEW)

    assert refused.status == 4
    assert read_tree(pictures) == before
    assert command_line.run("apply", "--yes", plan, **FEW).status == 0


def test_a_plan_that_takes_a_keeper_is_refused_whatever_the_caller_says(
    command_line: CommandLine, pictures: Path, tmp_path: Path
) -> None:
    plan = tmp_path / "plan.json"
    command_line.run("deduplicate", "--plan", plan, pictures)
    edited = json.loads(plan.read_text())
    first = edited["removals"][0]
    edited["removals"].append(first | {"victim": first["keeper"], "keeper": first["victim"], "companions": []})
    plan.write_text(json.dumps(edited))
    before = read_tree(pictures)

    refused = command_line.run("apply", "--yes", plan)

    assert refused.status == 2  # the plan file itself is wrong; see also test_caps of keeping
    assert "is kept for another file" in refused.err
    assert read_tree(pictures) == before


def test_an_emptied_root_is_not_acted_on_until_a_person_says_so(command_line: CommandLine, pictures: Path) -> None:
    command_line.run("deduplicate", pictures)
    os.rename(pictures, f"{pictures}.away")
    pictures.mkdir()

    dry = command_line.run("deduplicate", pictures)
    refused = command_line.run("deduplicate", "--no-dry-run", "--yes", pictures)
    status, said = at_a_terminal(command_line, "y", "deduplicate", "--no-dry-run", pictures)

    assert "is empty, and held" in dry.out
    assert (dry.status, refused.status, status) == (0, 4, 0)
    assert "is its disk away? Go on with it as it is? [y/N]" in said
    assert command_line.run("deduplicate", "--no-dry-run", pictures).status == 0  # it is known as empty now


def test_what_is_gone_is_forgotten_although_every_run_is_refused(command_line: CommandLine, tmp_path: Path) -> None:
    library = tmp_path / "library"
    gone = [picture_at(library / f"{number}.png", number) for number in range(12)]
    stays = picture_at(library / "stays.png", 100)
    copies = [copy_of(stays, library / f"copy{number}.png") for number in range(3)]
    command_line.run("deduplicate", "--dry-run", library)
    for path in gone:
        path.unlink()

    refused = [command_line.run("deduplicate", "--no-dry-run", library, **FEW) for _ in range(2)]

    assert [ended.status for ended in refused] == [4, 4]
    assert indexed(command_line) == {str(path) for path in (stays, *copies)}
    assert all(path.exists() for path in (stays, *copies))


def test_the_word_for_a_root_does_not_outlive_a_run_that_was_refused(command_line: CommandLine, tmp_path: Path) -> None:
    away, library = tmp_path / "away", tmp_path / "library"
    picture = picture_at(away / "own.png", 1)
    stays = picture_at(library / "stays.png", 100)
    for number in range(3):
        copy_of(stays, library / f"copy{number}.png")
    command_line.run("deduplicate", "--dry-run", away, library)
    picture.unlink()

    status, said = at_a_terminal(command_line, "y\nn", "deduplicate", "--no-dry-run", away, library)
    again = command_line.run("deduplicate", "--no-dry-run", "--yes", away, library)

    assert said.count("[y/N]") == 2
    assert (status, again.status) == (4, 4)
    assert f"{away} is empty, and held 1 files before" in again.err
