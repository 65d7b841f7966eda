"""`doctor` on the embedded index: it says what a run will find, and changes nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.cli import CommandLine, Ended
from tests.support.tree import read_tree

FINE, ATTENTION, UNUSABLE = 0, 3, 5


def told(ended: Ended) -> dict[str, str]:
    return {f["question"]: f"{f['grade']}: {f['sentence']}" for f in ended.json["findings"]}


@pytest.fixture
def state(command_line: CommandLine, pictures: Path) -> Path:
    assert command_line.run("analyse", pictures).status in {FINE, ATTENTION}
    return command_line.home / "state"


def test_before_the_first_run_nothing_is_made(command_line: CommandLine) -> None:
    ended = command_line.run("doctor", "--json")

    assert ended.status == FINE
    assert "the next run makes it" in told(ended)["state"]
    assert "a run makes it" in told(ended)["index"]
    assert list(command_line.home.iterdir()) == []


def test_after_a_run_the_index_is_sound(command_line: CommandLine, state: Path) -> None:
    before = read_tree(state)

    ended = command_line.run("doctor", "--json")

    assert ended.status == FINE
    assert told(ended)["index"] == f"fine: The embedded index in {state} is sound."
    assert read_tree(state) == before


def test_a_damaged_index_is_told_and_left_for_the_next_run(command_line: CommandLine, state: Path) -> None:
    with open(state / "index.sqlite", "r+b") as file:
        file.write(b"nonsense" * 100)
    before = read_tree(state)

    ended = command_line.run("doctor", "--json")

    assert ended.status == ATTENTION
    assert "is damaged (file is not a database); the next run sets it aside" in told(ended)["index"]
    assert read_tree(state) == before


def test_an_index_that_a_run_would_refuse_is_told(command_line: CommandLine, state: Path) -> None:
    with closing(sqlite3.connect(state / "index.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 999")
        connection.commit()

    ended = command_line.run("doctor", "--json")

    assert ended.status == UNUSABLE
    assert "made by a newer version of this program" in told(ended)["index"]


def test_a_file_in_place_of_the_state_folder_is_told(command_line: CommandLine) -> None:
    (command_line.home / "state").write_text("no folder")

    ended = command_line.run("doctor", "--json")

    assert ended.status == UNUSABLE
    assert told(ended)["state"] == f"failing: {command_line.home}/state is no folder; use another --state."


def test_beside_a_run_the_index_is_sound(command_line: CommandLine, state: Path) -> None:
    with closing(sqlite3.connect(state / "index.sqlite", isolation_level=None)) as at_work:
        at_work.execute("BEGIN IMMEDIATE")
        at_work.execute("DELETE FROM records")
        ended = command_line.run("doctor", "--json")
        at_work.execute("ROLLBACK")

    assert ended.status == FINE
