"""Quiet and plain where nobody looks on; a bar with rate and time left where somebody does."""

import os
import pty
import re
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from tests.support.cli import COMMAND, CommandLine
from tests.support.drawn import drawn, encoded

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
BAR = re.compile(r"[━╸╺]+\s+\d+/(\d+)")
RATE = re.compile(r"\d+/(\d+)\s+[\d,]+/s")
TIME_LEFT = re.compile(r"\d+/(\d+).*\s\d:\d\d:\d\d")


@pytest.fixture(scope="module")
def many_pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough that the analysis takes longer than a bar needs to know its rate."""
    root = tmp_path_factory.mktemp("many")
    for number in range(120):
        picture = drawn(number, 90, 70).resize((900, 700))
        (root / f"{number}.png").write_bytes(encoded(picture, "PNG", compress_level=1))
    return root


@pytest.fixture
def few_pictures(many_pictures: Path, tmp_path: Path) -> Path:
    root = tmp_path / "few"
    root.mkdir()
    for number in range(5):
        shutil.copy(many_pictures / f"{number}.png", root)
    return root


def on_a_terminal(command_line: CommandLine, *arguments: str) -> tuple[int, str]:
    """Exit status and everything that a terminal of 100 columns was sent."""
    ours, theirs = pty.openpty()
    environment = command_line.environment | {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40"}
    running = subprocess.Popen(
        [*COMMAND, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, cwd=command_line.home, env=environment
    )
    os.close(theirs)
    pieces: list[bytes] = []
    reading = threading.Thread(target=read_all, args=(ours, pieces))
    reading.start()
    status = running.wait(120)
    reading.join(10)
    os.close(ours)
    return status, b"".join(pieces).decode("utf-8", "surrogateescape")


def read_all(terminal: int, pieces: list[bytes]) -> None:
    while True:
        try:
            piece = os.read(terminal, 65_536)
        except OSError:  # EIO: the last one who had the other side open is gone
            return
        if not piece:
            return
        pieces.append(piece)


def test_a_pipe_gets_plain_text_and_no_bar(command_line: CommandLine, many_pictures: Path) -> None:
    ended = command_line.run("deduplicate", "--dry-run", many_pictures)

    assert ended.status == 0
    assert ended.err == ""
    assert "\x1b" not in ended.out
    assert "\r" not in ended.out
    assert BAR.search(ended.out) is None
    assert len(ended.out.splitlines()) <= 15


def test_json_says_nothing_but_the_object(command_line: CommandLine, many_pictures: Path) -> None:
    ended = command_line.run("deduplicate", "--json", many_pictures)

    assert ended.json["counts"]["files"] == 120
    assert ended.err == ""


def test_a_terminal_shows_a_bar_with_rate_and_time_left(command_line: CommandLine, many_pictures: Path) -> None:
    status, screen = on_a_terminal(command_line, "deduplicate", "--dry-run", str(many_pictures))
    plain = ESCAPE.sub("", screen)

    assert status == 0
    assert {"120"} == set(BAR.findall(plain))
    assert "120" in RATE.findall(plain)
    assert "120" in TIME_LEFT.findall(plain)
    assert "Phase 3/6: Analyzing files" in plain
    assert "No duplicates found." in plain
    assert screen.rfind("\x1b[?25h") > screen.rfind("\x1b[?25l") >= 0, "the cursor is hidden"


def test_a_short_phase_shows_no_bar(command_line: CommandLine, few_pictures: Path) -> None:
    status, screen = on_a_terminal(command_line, "deduplicate", "--dry-run", str(few_pictures))

    assert status == 0
    assert BAR.search(ESCAPE.sub("", screen)) is None
