"""What can be foreseen is one sentence and an exit status; never a traceback, and nothing is lost."""

import fcntl
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.cli import COMMAND, CommandLine
from tests.support.tree import read_tree


def test_a_missing_folder_is_told(command_line: CommandLine) -> None:
    ended = command_line.run("deduplicate", "/nowhere/at all")

    assert ended.status == 2
    assert "/nowhere/at all" in ended.err


def test_every_wrong_setting_is_told_at_once(command_line: CommandLine, pictures: Path) -> None:
    ended = command_line.run(
        "deduplicate", pictures, PY_IMAGE_DEDUP_ANALYSIS_THREADS="0", PY_IMAGE_DEDUP_DRY_RUN="Flase"
    )

    assert ended.status == 2
    assert "analysis>threads" in ended.err
    assert "dry_run" in ended.err


def test_no_source_directory_is_told(command_line: CommandLine) -> None:
    ended = command_line.run("deduplicate")

    assert ended.status == 2
    assert "source_directories" in ended.err


@pytest.mark.parametrize("arguments", [["undo", "nothing-like-it"], ["undo", "last"], ["apply", "/no/plan"]])
def test_what_is_not_there_is_told(command_line: CommandLine, arguments: list[str]) -> None:
    ended = command_line.run(*arguments)

    assert ended.status in {2, 4}
    assert len(ended.err.strip().splitlines()) == 1


def test_an_unknown_command_is_a_usage_error(command_line: CommandLine) -> None:
    assert command_line.run("dedupe").status == 2


def test_a_second_run_says_who_holds_the_lock(command_line: CommandLine, pictures: Path) -> None:
    command_line.run("analyse", pictures)
    locks = [p for p in (command_line.home / "state").iterdir() if "lock" in p.name]
    with open(locks[0], "r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        ended = command_line.run("deduplicate", pictures)

    assert ended.status == 6
    assert len(ended.err.strip().splitlines()) == 1


def test_a_state_folder_that_cannot_be_written_is_told(command_line: CommandLine, pictures: Path) -> None:
    (command_line.home / "state").write_text("a file, no folder")

    ended = command_line.run("deduplicate", pictures)

    assert ended.status in {2, 5}
    assert str(command_line.home / "state") in ended.err


def test_ctrl_c_says_that_it_is_safe_to_start_again_and_it_is(command_line: CommandLine, pictures: Path) -> None:
    for number in range(20):
        (pictures / f"more {number}.jpg").write_bytes(
            (pictures / "2023 Summer" / "IMG_0001.jpg").read_bytes() + bytes([number])
        )
    before = read_tree(pictures)
    running = subprocess.Popen(
        [*COMMAND, "deduplicate", "--no-dry-run", str(pictures)],
        env=command_line.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    while "Phase 3" not in (line := running.stdout.readline()):
        assert line
    time.sleep(0.3)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=30)

    assert running.returncode == 130
    assert "safe to start again" in err
    assert read_tree(pictures) == before
    assert command_line.run("deduplicate", "--no-dry-run", pictures).status in {0, 3}


def test_help_answers_quickly(command_line: CommandLine) -> None:
    def took_s() -> float:
        started = time.monotonic()
        assert command_line.run("--help").status == 0
        return time.monotonic() - started

    assert min(took_s() for _ in range(5)) < 0.3


def test_the_version_is_told(command_line: CommandLine) -> None:
    from py_image_dedup import __version__

    assert command_line.run("--version").out == f"py-image-dedup, version {__version__}\n"


def test_broken_output_pipe_is_no_traceback(command_line: CommandLine, pictures: Path) -> None:
    shell = f"{' '.join(COMMAND)} deduplicate '{pictures}' | head -n 1"
    ended = subprocess.run(
        ["sh", "-c", shell], env=command_line.environment, capture_output=True, text=True, check=False
    )

    assert "Traceback" not in ended.stderr
    assert os.path.isdir(pictures)
