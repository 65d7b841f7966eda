"""A share whose server is away holds whoever asks it. The daemon goes on, says so, and ends when it is told to."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.daemons import DaemonProcess, DaemonSetup, copy_of, fetched, wait_until

SILENT = [sys.executable, "-m", "tests.support.silent_share"]
STOP_S = 5.0
pytestmark = pytest.mark.skipif(
    not os.path.exists("/dev/fuse") or os.geteuid() != 0, reason="needs FUSE and the right to mount"
)


@pytest.fixture
def silent(setup: DaemonSetup) -> DaemonSetup:
    """The same two roots, the second of them silent."""
    return replace(setup, around=("unshare", "--mount", *SILENT, str(setup.roots[1])))


def end_server(root: Path) -> None:
    """From now on what hangs, and what is asked, ends with an error."""
    os.kill(int(root.with_name(f"{root.name}.server").read_text()), signal.SIGKILL)


def test_a_silent_share_is_told_while_metrics_and_health_answer(silent: DaemonSetup) -> None:
    with silent.running(wait=False) as daemon:
        wait_until(lambda: daemon.ready()[0] != 0, 30, daemon.said())
        wait_until(lambda: "root_unreadable" in problems(daemon), 30, daemon.said())
        assert daemon.ready()[0] == 503
        assert fetched(daemon.port, "/metrics")[0] == 200
        assert f"{silent.roots[1]} cannot be read (it does not answer)" in daemon.said()
        assert fetched(daemon.port, "/health/live")[0] == 200

        end_server(silent.roots[1])
        subprocess.run(
            ["nsenter", "--mount", "--target", str(daemon.process.pid), "umount", str(silent.roots[1])], check=True
        )
        wait_until(lambda: problems(daemon) == set() and daemon.runs() >= 1, 60, daemon.said())
        copy_of(silent.roots[0] / "own0.jpg", silent.roots[1] / "copy.jpg")
        wait_until(lambda: daemon.metric("duplicate_action_total", action="delete") == 1, 30, daemon.said())
        assert daemon.stop() < STOP_S
        assert daemon.process.returncode == 0


@pytest.mark.parametrize("named", [False, True], ids=["configured", "on_the_command_line"])
def test_a_daemon_on_a_silent_share_can_be_stopped(silent: DaemonSetup, named: bool) -> None:
    with silent.running(*map(str, silent.roots if named else ()), wait=False) as daemon:
        wait_until(lambda: "Metrics and health" in daemon.said(), 30, daemon.said())
        assert daemon.stop() < STOP_S
        assert daemon.process.returncode == 0, daemon.said()
        end_server(silent.roots[1])


def problems(daemon: DaemonProcess) -> set[str]:
    told = daemon.ready()[1]
    return set(told["problems"]) if told else {"no answer"}
