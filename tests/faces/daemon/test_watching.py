"""What arrives by whatever way is found, and the index holds what is on the disk."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.daemons import DaemonProcess, DaemonSetup, copy_of, wait_until

OBSERVERS = ["inotify", "polling"]
Arrive = Callable[[Path, Path, Path], None]  # picture, folder it arrives in, folder outside


def plainly(picture: Path, folder: Path, _: Path) -> None:
    copy_of(picture, folder / "copy.jpg")


def by_rename_in_place(picture: Path, folder: Path, _: Path) -> None:
    """rsync, Syncthing, Nextcloud and most phone uploads."""
    copy_of(picture, folder / ".copy.jpg.Xa3f")
    os.rename(folder / ".copy.jpg.Xa3f", folder / "copy.jpg")


def by_rename_from_outside(picture: Path, folder: Path, outside: Path) -> None:
    copy_of(picture, outside / "copy.part")
    os.rename(outside / "copy.part", folder / "copy.jpg")


def by_link_and_unlink(picture: Path, folder: Path, _: Path) -> None:
    """SFTP servers that do not overwrite."""
    copy_of(picture, folder / "upload.filepart")
    os.link(folder / "upload.filepart", folder / "copy.jpg")
    os.unlink(folder / "upload.filepart")


def slowly(picture: Path, folder: Path, _: Path) -> None:
    data = picture.read_bytes()
    with open(folder / "copy.jpg", "wb", buffering=0) as file:
        for start in range(0, len(data), len(data) // 6):
            file.write(data[start : start + len(data) // 6])
            time.sleep(0.5)


def by_rsync(picture: Path, folder: Path, outside: Path) -> None:
    copy_of(picture, outside / "copy.jpg")
    subprocess.run(["rsync", "-a", f"{outside}/", f"{folder}/"], check=True)


def in_a_folder_that_is_moved_in(picture: Path, folder: Path, outside: Path) -> None:
    deep = outside / "trip" / "day" / "1"
    deep.mkdir(parents=True)
    copy_of(picture, deep / "copy.jpg")
    os.rename(outside / "trip", folder / "trip")


def in_folders_made_in_a_hurry(picture: Path, folder: Path, _: Path) -> None:
    deep = folder / "x" / "y" / "z"
    deep.mkdir(parents=True)
    copy_of(picture, deep / "copy.jpg")


WAYS: list[Arrive] = [
    plainly,
    by_rename_in_place,
    by_rename_from_outside,
    by_link_and_unlink,
    slowly,
    by_rsync,
    in_a_folder_that_is_moved_in,
    in_folders_made_in_a_hurry,
]


def put_aside(daemon: DaemonProcess) -> float:
    return daemon.metric("duplicate_action_total", action="delete")


@pytest.mark.parametrize("observer", OBSERVERS)
def test_a_copy_is_put_aside_whichever_way_it_came(setup: DaemonSetup, tmp_path: Path, observer: str) -> None:
    picture = setup.roots[0] / "own0.jpg"
    with setup.running(PY_IMAGE_DEDUP_DAEMON_FILE_OBSERVER=observer) as daemon:
        for arrive in WAYS:
            folder, outside = setup.roots[1] / arrive.__name__, tmp_path / arrive.__name__
            folder.mkdir()
            outside.mkdir()
            arrive(picture, folder, outside)
        wait_until(lambda: put_aside(daemon) == len(WAYS), 30, daemon.said()[-3000:])
        setup.wait_for_index(daemon, 30)

    assert picture.exists()
    assert set(setup.on_disk()) == {str(picture), str(setup.roots[1] / "own1.jpg")}


@pytest.mark.parametrize("observer", OBSERVERS)
def test_what_goes_leaves_the_index(setup: DaemonSetup, tmp_path: Path, observer: str) -> None:
    root = setup.roots[0]
    for name in ("a", "b", "c", "d"):
        (root / name).mkdir()
        (root / name / f"{name}.jpg").write_bytes(name.encode())
    with setup.running(PY_IMAGE_DEDUP_DAEMON_FILE_OBSERVER=observer) as daemon:
        assert setup.in_index() == setup.on_disk()
        runs = daemon.runs()

        (root / "a" / "a.jpg").unlink()
        shutil.rmtree(root / "b")
        os.rename(root / "c", tmp_path / "c")
        os.rename(root / "d", root / "e")
        (root / "own0.jpg").rename(root / "own.jpg")

        wait_until(lambda: daemon.runs() > runs, 30)
        setup.wait_for_index(daemon, 30)


def test_own_moves_come_back_as_events_and_cost_no_reading(setup: DaemonSetup) -> None:
    for number in range(200):
        copy_of(setup.roots[0] / "own0.jpg", setup.roots[0] / f"copy{number}.jpg")
    with setup.running() as daemon:
        setup.wait_for_index(daemon, 30)

        assert put_aside(daemon) == 200
        assert daemon.metric("py_image_dedup_analysed_files_total") == 202
        assert daemon.runs() <= 3


def test_what_happens_during_the_first_run_is_not_missed(setup: DaemonSetup) -> None:
    for number in range(3000):
        (setup.roots[0] / f"{number}.jpg").write_bytes(b"no picture %d" % number)
    with setup.running(wait=False) as daemon:
        wait_until(lambda: "Phase 3/6" in daemon.said(), 30)
        copy_of(setup.roots[0] / "own0.jpg", setup.roots[0] / "copy.jpg")
        wait_until(lambda: put_aside(daemon) == 1, 60)
        setup.wait_for_index(daemon, 30)


def test_exclusions_and_other_extensions_start_no_run(setup: DaemonSetup) -> None:
    with setup.running(PY_IMAGE_DEDUP_ANALYSIS_EXCLUSIONS="/private/") as daemon:
        wait_until(daemon.is_idle, 10)
        runs = daemon.runs()
        (setup.roots[0] / "notes.txt").write_text("x")
        (setup.roots[0] / ".py-image-dedup-quarantine").mkdir(exist_ok=True)
        copy_of(setup.roots[0] / "own0.jpg", setup.roots[0] / ".py-image-dedup-quarantine" / "x.jpg")
        time.sleep(2.5)

        assert daemon.runs() == runs
        assert daemon.metrics().get(("file_event_total", frozenset({("type", "created")}))) is None


def test_a_folder_that_the_daemon_emptied_goes_too(setup: DaemonSetup) -> None:
    """The last phase belongs to every run, not to the first one alone."""
    album = setup.roots[1] / "album"
    with setup.running(PY_IMAGE_DEDUP_REMOVE_EMPTY_FOLDERS="true") as daemon:
        album.mkdir()
        copy_of(setup.roots[0] / "own0.jpg", album / "copy.jpg")
        wait_until(lambda: put_aside(daemon) == 1, 30, daemon.said())
        wait_until(lambda: not album.exists(), 30, daemon.said())


def test_a_dry_run_shows_what_comes_and_leaves_it(setup: DaemonSetup) -> None:
    copy = setup.roots[1] / "copy.jpg"
    with setup.running("--dry-run") as daemon:
        copy_of(setup.roots[0] / "own0.jpg", copy)
        wait_until(lambda: str(copy) in daemon.said(), 30)
        wait_until(daemon.is_idle, 30)
        assert put_aside(daemon) == 0
        assert daemon.metric("py_image_dedup_dry_run") == 1.0
        assert daemon.metric("py_image_dedup_copy_files", relation="same-bytes", root="2") == 1

    assert copy.exists()
    assert not list(setup.roots[0].parent.rglob(".py-image-dedup*"))


def test_folders_below_are_left_alone_where_the_search_is_not_recursive(setup: DaemonSetup) -> None:
    below = setup.roots[0] / "below"
    below.mkdir()
    with setup.running(PY_IMAGE_DEDUP_ANALYSIS_RECURSIVE="false") as daemon:
        wait_until(daemon.is_idle, 10)
        runs = daemon.runs()
        copy_of(setup.roots[0] / "own0.jpg", below / "copy.jpg")
        time.sleep(2.5)
        assert daemon.runs() == runs

        copy_of(setup.roots[0] / "own0.jpg", setup.roots[0] / "copy.jpg")
        wait_until(lambda: put_aside(daemon) == 1, 30)
    assert (below / "copy.jpg").exists()


def test_a_root_that_vanishes_and_returns_loses_nothing(setup: DaemonSetup, tmp_path: Path) -> None:
    root = setup.roots[0]
    before = setup.on_disk()
    with setup.running() as daemon:
        root.rename(tmp_path / "gone")
        wait_until(lambda: "root_away" in daemon.ready()[1]["problems"], 30)
        assert daemon.ready()[0] == 503
        time.sleep(3)
        assert setup.in_index() == before

        (tmp_path / "gone").rename(root)
        wait_until(lambda: daemon.ready()[0] == 200, 60)
        copy_of(root / "own0.jpg", root / "copy.jpg")
        wait_until(lambda: put_aside(daemon) == 1, 30)
        assert daemon.metric("py_image_dedup_analysed_files_total") == 3


@pytest.mark.parametrize("observer", OBSERVERS)
def test_a_root_that_is_a_link_is_watched(setup: DaemonSetup, tmp_path: Path, observer: str) -> None:
    link = tmp_path / "link"
    link.symlink_to(setup.roots[0])
    linked = replace(setup, roots=[link])
    with linked.running(PY_IMAGE_DEDUP_DAEMON_FILE_OBSERVER=observer) as daemon:
        (setup.roots[0] / "album").mkdir()
        copy_of(setup.roots[0] / "own0.jpg", setup.roots[0] / "album" / "copy.jpg")
        wait_until(lambda: put_aside(daemon) == 1, 30, daemon.said)
        linked.wait_for_index(daemon, 30)


def test_the_folders_of_what_was_put_aside_are_not_watched(setup: DaemonSetup) -> None:
    """One is made by every run that acts: their watches would grow for as long as the daemon lives."""
    with setup.running() as daemon:
        watched = []
        for number in range(1, 4):
            copy_of(setup.roots[0] / "own0.jpg", setup.roots[0] / f"copy{number}.jpg")
            wait_until(lambda: put_aside(daemon) == number, 30, daemon.said)  # noqa: B023
            wait_until(daemon.is_idle, 30)
            watched.append(kernel_watches(daemon.process.pid))

    assert len(list(setup.roots[0].glob(".py-image-dedup-quarantine/*/"))) >= 3
    assert watched == [3, 3, 3]  # two roots and the quarantine, in which the cookie is put


def kernel_watches(pid: int) -> int:
    count = 0
    for path in Path(f"/proc/{pid}/fdinfo").iterdir():
        with suppress(FileNotFoundError):  # another thread's, closed since
            count += path.read_text().count("inotify wd:")
    return count
