"""A kernel that keeps silent is found out by a file of our own, which is put nowhere but into our own folder."""

from pathlib import Path
from typing import Any

import pytest

from py_image_dedup.faces.daemon.events import ChangeHandler
from py_image_dedup.faces.daemon.scope import Mount, Scope
from py_image_dedup.faces.daemon.settle import Changes
from py_image_dedup.faces.daemon.watch import Mode, RootWatch, WatchParts
from py_image_dedup.model.files import Walk
from py_image_dedup.model.places import QUARANTINE_NAME


class DeafKernel:
    """Says that it watches, and tells nothing."""

    overflows, unwatched = 0, ""

    @property
    def losses(self) -> "DeafKernel":
        return self

    def stop(self) -> None:
        pass

    def join(self, timeout: float | None = None) -> None:
        pass

    def is_alive(self) -> bool:
        return True


class Listener:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def __getattr__(self, _: str) -> Any:
        return lambda *told: self.lines.extend(map(str, told))


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("py_image_dedup.faces.daemon.watch.DELIVERY_S", 0.0)
    monkeypatch.setattr("py_image_dedup.faces.daemon.cookie.ANSWER_S", 0.2)


def watch_of(root: Path, *, may_write: bool = True, mounts: tuple[Mount, ...] = ()) -> tuple[RootWatch, Listener]:
    scope = Scope(
        (str(root),), True, lambda _: True, lambda _: True, lambda walked: Walk((walked,), ()), lambda _: mounts
    )
    listener = Listener()

    def start(_: str, handler: ChangeHandler, recursive: bool) -> DeafKernel:
        return DeafKernel()

    return RootWatch(str(root), WatchParts(scope, Changes(1), listener, Mode.INOTIFY, may_write, start)), listener


def test_a_file_of_our_own_without_an_event_ends_the_trust_in_the_kernel(tmp_path: Path) -> None:
    (tmp_path / QUARANTINE_NAME).mkdir()
    watch, listener = watch_of(tmp_path)
    watch.check()
    assert watch.mode is Mode.INOTIFY

    watch.compare()
    watch.check()

    assert watch.mode is Mode.POLLING
    assert f"{tmp_path} is polled, since the kernel gave no event for a file of our own." in listener.lines
    assert list((tmp_path / QUARANTINE_NAME).iterdir()) == []
    watch.close()


@pytest.mark.parametrize(("may_write", "has_quarantine"), [(False, True), (True, False)])
def test_in_a_dry_run_and_where_no_folder_is_ours_nothing_is_written(
    tmp_path: Path, may_write: bool, has_quarantine: bool
) -> None:
    if has_quarantine:
        (tmp_path / QUARANTINE_NAME).mkdir()
    watch, _ = watch_of(tmp_path, may_write=may_write)
    watch.check()
    before = (sorted(tmp_path.rglob("*")), tmp_path.stat().st_mtime_ns)
    watch.compare()
    watch.check()

    assert (sorted(tmp_path.rglob("*")), tmp_path.stat().st_mtime_ns) == before
    assert watch.mode is Mode.INOTIFY
    watch.close()


def test_a_share_is_polled_from_the_start_and_that_is_said(tmp_path: Path) -> None:
    watch, listener = watch_of(tmp_path, mounts=(Mount("/mnt/nas", "nfs4", False),))
    watch.check()

    assert watch.mode is Mode.POLLING
    assert "/mnt/nas is a mount of type nfs4, which tells no changes made elsewhere" in listener.lines[0]
    watch.close()
