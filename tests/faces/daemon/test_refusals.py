"""Where putting aside is not safe the daemon goes on looking, says so, and acts as soon as it is."""

from pathlib import Path

import pytest

from tests.support.daemons import DaemonProcess, DaemonSetup, copy_of, wait_until


@pytest.fixture
def copies(setup: DaemonSetup) -> list[Path]:
    made = [setup.roots[1] / f"copy{number}.jpg" for number in range(3)]
    for copy in made:
        copy_of(setup.roots[0] / "own0.jpg", copy)
    return made


def problems(daemon: DaemonProcess) -> set[str]:
    told = daemon.ready()[1]
    return set(told["problems"]) if told else {"no answer"}


def test_with_a_damaged_journal_pictures_are_read_and_nothing_is_put_aside(
    setup: DaemonSetup, copies: list[Path]
) -> None:
    with setup.running("--dry-run"):
        pass
    journal = setup.state / "journal.sqlite"
    journal.write_bytes(b"nonsense" * 1000)
    with setup.running() as daemon:
        assert {"run_failed"} <= problems(daemon)
        assert daemon.ready()[0] == 503
        assert daemon.metric("py_image_dedup_files", root="2") == 4
        assert "Nothing is put aside until that is settled" in daemon.said()
        assert str(copies[0]) in daemon.said()
        assert all(copy.exists() for copy in copies)

        journal.unlink()
        wait_until(lambda: daemon.metric("duplicate_action_total", action="delete") == 3, 60, daemon.said())
        wait_until(lambda: problems(daemon) == set(), 60, daemon.said())
        assert daemon.said().count("Nothing is put aside") == 1


def test_a_run_that_would_remove_too_many_shows_them_and_removes_none(setup: DaemonSetup, copies: list[Path]) -> None:
    with setup.running(PY_IMAGE_DEDUP_DEDUPLICATION_MAX_FILES="2") as daemon:
        assert problems(daemon) == {"run_failed"}
        assert "max_files" in daemon.said()
        assert all(str(copy) in daemon.said() for copy in copies)
        assert daemon.metric("py_image_dedup_copy_files", relation="same-bytes", root="2") == 3

        copies[0].unlink()
        wait_until(lambda: daemon.metric("duplicate_action_total", action="delete") == 2, 60, daemon.said())
        wait_until(lambda: problems(daemon) == set(), 60, daemon.said())
