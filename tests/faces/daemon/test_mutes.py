"""Where the kernel tells nothing, or not everything: the daemon says so and looks for itself."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.daemons import DaemonProcess, DaemonSetup, copy_of, wait_until
from tests.support.privileges import python_in_private_mounts

FOLDERS = 30
LIMITED = """echo "$1" > /proc/sys/user/max_inotify_$0; shift; exec "$@" """
IN_A_USER_NAMESPACE = ("unshare", "--user", "--map-root-user")


@pytest.fixture(autouse=True)
def needs_user_namespaces() -> None:
    if (
        sys.platform != "linux"
        or subprocess.run([*IN_A_USER_NAMESPACE, "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("this system allows no user namespaces")


def limited(setup: DaemonSetup, what: str, number: int) -> DaemonSetup:
    """The same daemon where the kernel gives its user so many watches or instances."""
    around: Sequence[str] = (*IN_A_USER_NAMESPACE, "sh", "-c", LIMITED, what, str(number))
    return replace(setup, around=around)


def folders(root: Path, first: int) -> Path:
    """The last of so many new folders."""
    for number in range(first, first + FOLDERS):
        (root / f"folder{number}").mkdir()
    return root / f"folder{first + FOLDERS - 1}"


def fell_back(daemon: DaemonProcess) -> bool:
    return "watch_fell_back" in daemon.ready()[1]["problems"]


def test_watches_that_do_not_suffice_are_said_and_raising_the_limit_is_enough(setup: DaemonSetup) -> None:
    last = folders(setup.roots[0], 0)
    with limited(setup, "watches", FOLDERS // 2).running() as daemon:
        assert fell_back(daemon)
        assert daemon.ready()[0] == 200
        wait_until(lambda: f"{setup.roots[0]} is polled, since " in daemon.said(), 30)
        copy_of(setup.roots[0] / "own0.jpg", last / "copy.jpg")
        wait_until(lambda: daemon.metric("duplicate_action_total", action="delete") == 1, 30, daemon.said())

        inside = ("nsenter", "--user", "--target", str(daemon.process.pid), "sh", "-c")
        subprocess.run([*inside, "echo 100000 > /proc/sys/user/max_inotify_watches"], check=True)
        wait_until(lambda: not fell_back(daemon), 60, daemon.said())
        assert daemon.metric("py_image_dedup_watcher_inotify", root="1") == 1.0
        copy_of(setup.roots[0] / "own0.jpg", last / "again.jpg")
        wait_until(lambda: daemon.metric("duplicate_action_total", action="delete") == 2, 30, daemon.said())


def test_watches_that_run_out_as_the_library_grows_are_said(setup: DaemonSetup) -> None:
    with limited(setup, "watches", FOLDERS // 2).running() as daemon:
        assert daemon.metric("py_image_dedup_watcher_inotify", root="1") == 1.0
        last = folders(setup.roots[0], 0)
        copy_of(setup.roots[0] / "own0.jpg", last / "copy.jpg")
        wait_until(lambda: daemon.metric("duplicate_action_total", action="delete") == 1, 30, daemon.said())
        wait_until(lambda: fell_back(daemon), 30, daemon.said())
        assert "raise fs.inotify.max_user_watches" in daemon.said()
        setup.wait_for_index(daemon, 30)


def test_a_system_without_a_queue_to_spare_is_polled(setup: DaemonSetup) -> None:
    with limited(setup, "instances", 0).running() as daemon:
        assert fell_back(daemon)
        copy_of(setup.roots[0] / "own0.jpg", setup.roots[1] / "copy.jpg")
        wait_until(lambda: daemon.metric("duplicate_action_total", action="delete") == 1, 30, daemon.said())


def test_a_mount_that_tells_nothing_is_found_out_and_polled(tmp_path: Path) -> None:
    for name in ("root", "lower", "upper/below", "work", "home"):
        (tmp_path / name).mkdir(parents=True)
    layers = f"lowerdir={tmp_path / 'lower'},upperdir={tmp_path / 'upper'},workdir={tmp_path / 'work'}"
    code = "import runpy; runpy.run_module('tests.support.mute_mount', run_name='__main__')"
    mount = ["-t", "overlay", "overlay", "-o", layers, str(tmp_path / "root")]
    found = json.loads(python_in_private_mounts([mount], code, str(tmp_path)))

    assert found["at first"] == [True, "inotify", 1], found["said"]
    assert found["noticed"] == [True, "files changed and the kernel gave no event", "polling", True], found["said"]
    assert found["put aside"] == [True, True], found["said"]
