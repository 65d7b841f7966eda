"""A stop takes less than five seconds at any moment, and leaves nothing half done."""

import json
import os
import random
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from tests.support.amounts import amount
from tests.support.cli import COMMAND
from tests.support.daemons import ROOT, DaemonSetup, copy_of, free_port, wait_until

MOST_S = 5.0
COPIES = 120


def contents(roots: list[Path]) -> int:
    """Pictures below the roots, in whichever place they are by now."""
    return sum(path.suffix == ".jpg" for root in roots for path in root.rglob("*"))


@pytest.mark.timeout(3600)
def test_a_stop_at_any_moment_is_quick_and_leaves_nothing_half_done(setup: DaemonSetup) -> None:
    random_ = random.Random(1)
    picture = setup.roots[0] / "own0.jpg"
    slowest_s, expected, moved_at_all = 0.0, 2, False
    for stop in range(amount(ci=40, nightly=200)):
        if stop % 5 == 0:  # enough to do for several stops in mid-run
            for number in range(COPIES):
                copy_of(picture, setup.roots[stop // 5 % 2] / f"copy{stop}-{number}.jpg")
            expected += COPIES
        with setup.running(wait=False) as daemon:
            wait_until(lambda: "A run begins" in daemon.said() or daemon.process.poll() is not None, 30)
            time.sleep(random_.uniform(0, 1.5))
            took_s = daemon.stop(signal.SIGINT if stop % 2 else signal.SIGTERM)
            assert daemon.process.returncode == 0, daemon.said()
            assert "Stopped. It is safe to start again." in daemon.said()
            moved_at_all |= "Take it back" in daemon.said()
        slowest_s = max(slowest_s, took_s)
        assert took_s < MOST_S
        assert contents(list(setup.roots)) == expected
    (run, *_) = json.loads(command(setup, "status", "--json"))["runs"]
    assert run["unfinished"] == 0
    assert moved_at_all
    print(f"slowest stop {slowest_s:.2f} s")


SLOW_VOLUME = """
import os, time
sync = os.fsync
def slow(descriptor):
    name = os.readlink(f"/proc/self/fd/{descriptor}")
    if os.path.exists(os.environ["SLOW"]) and name.startswith(os.environ["SLOW_BELOW"]) and "part" in name:
        time.sleep(60)
    sync(descriptor)
os.fsync = slow
"""


def test_a_copy_to_a_slow_volume_does_not_hold_up_a_stop_and_the_next_start_ends_it(
    setup: DaemonSetup, tmp_path: Path
) -> None:
    """The volume answers a sync after a minute: the process ends within the step, as by a kill."""
    picture, slow = setup.roots[0] / "own0.jpg", tmp_path / "slow"
    for number in range(3):
        copy_of(picture, setup.roots[1] / f"copy{number}.jpg")
    (setup.home / "sitecustomize.py").write_text(SLOW_VOLUME)
    slow.touch()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as target:
        setup.environment.update(DEDUPLICATION_DUPLICATES_TARGET_DIRECTORY=target)
        around = {"SLOW": str(slow), "SLOW_BELOW": target, "PYTHONPATH": f"{setup.home}:{ROOT}"}
        with setup.running(wait=False, **around) as daemon:
            wait_until(lambda: any(Path(target).rglob("*part*")), 30, daemon.said)
            assert daemon.stop() < MOST_S
            assert daemon.process.returncode == 0
            assert "the next start finishes it or takes it back" in daemon.said()
        assert len(list(setup.roots[1].glob("copy*.jpg"))) == 3

        slow.unlink()
        with setup.running(**around) as daemon:
            assert daemon.metric("duplicate_action_total", action="move") == 3
            assert daemon.stop() < MOST_S
        assert list(setup.roots[1].glob("copy*.jpg")) == []
        moved = [path for path in Path(target).rglob("*") if path.is_file()]
        assert {path.read_bytes() for path in moved} == {picture.read_bytes()}
        assert sorted(path.name for path in moved) == ["copy0.jpg", "copy1.jpg", "copy2.jpg"]


def command(setup: DaemonSetup, *arguments: str) -> str:
    done = subprocess.run(
        [*COMMAND, *arguments],
        env=setup.variables(0) | {"PY_IMAGE_DEDUP_STATS_PORT": ""},
        cwd=setup.home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 3}, done.stderr
    return done.stdout


def test_an_idle_daemon_stops_at_once(setup: DaemonSetup) -> None:
    with setup.running() as daemon:
        assert daemon.stop(signal.SIGINT) < MOST_S


def test_a_second_daemon_says_who_is_at_work_and_the_first_goes_on(setup: DaemonSetup) -> None:
    with setup.running() as daemon:
        second = subprocess.run(
            [*COMMAND, "daemon"],
            env=setup.variables(free_port()),
            cwd=setup.home,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert second.returncode == 6
        assert f"process {daemon.process.pid} " in second.stderr
        assert "Traceback" not in second.stderr
        assert daemon.ready()[0] == 200


def test_a_taken_port_is_one_sentence(setup: DaemonSetup, tmp_path: Path) -> None:
    with setup.running() as daemon:
        other = setup.variables(daemon.port) | {"PY_IMAGE_DEDUP_STATE_DIRECTORY": str(tmp_path / "other")}
        second = subprocess.run(
            [*COMMAND, "daemon"], env=other, cwd=setup.home, capture_output=True, text=True, timeout=60, check=False
        )

    assert second.returncode == 2
    assert f"The metrics cannot be served on 127.0.0.1, port {daemon.port} (Address already in use)" in second.stderr


def test_what_undo_brings_back_beside_a_daemon_stays(setup: DaemonSetup) -> None:
    """The lock of a daemon is not that of a run; what came back leads to a run that leaves it."""
    picture, copy = setup.roots[0] / "own0.jpg", setup.roots[1] / "copy.jpg"
    copy_of(picture, copy)
    with setup.running() as daemon:
        wait_until(daemon.is_idle, 30)
        assert not copy.exists()
        runs = daemon.runs()

        command(setup, "undo", "last")
        wait_until(lambda: daemon.runs() > runs, 30, daemon.said)
        copy_of(picture, setup.roots[1] / "another.jpg")
        wait_until(lambda: not (setup.roots[1] / "another.jpg").exists(), 30, daemon.said)
        wait_until(daemon.is_idle, 30)

        assert copy.exists()
        assert "left: was brought back by undo and stays" in daemon.said()
        command(setup, "deduplicate", "--again")
        assert not copy.exists()


def test_the_service_manager_hears_of_readiness_life_and_end(setup: DaemonSetup, tmp_path: Path) -> None:
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        told: list[str] = []
        with setup.running(NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="2000000") as daemon:
            while told.count("WATCHDOG=1") < 3:
                told.append(manager.recv(100).decode())
            daemon.stop()
            told.append(manager.recv(100).decode())
            while told[-1] != "STOPPING=1":
                told.append(manager.recv(100).decode())

    assert told[0] == "READY=1"
    assert os.fspath(tmp_path)
