"""Links and the trash where things are not as they should be: refused with the reason, and nothing is touched."""

import errno
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.disposal.volume.fsops import Volume
from py_image_dedup.disposal.volume.posix import PosixFiles
from py_image_dedup.disposal.ways import trash
from py_image_dedup.model.outcomes import Outcome, Status
from py_image_dedup.model.plans import Way
from tests.support.libraries import FixedClock, leftovers, plan, removal, remove, snapshot, subject
from tests.support.scenarios import Cloning
from tests.support.tree import make_tree


@pytest.fixture
def root(tmp_path: Path) -> str:
    return make_tree(tmp_path / "library", {"keep.jpg": "kept", "sub/copy.jpg": "copy"}, mtime_ns=10**18)


def disposal(tmp_path: Path, ops: PosixFiles | None = None, home: str = "") -> Disposal:
    return Disposal(str(tmp_path / "state"), FixedClock(), ops, trash_directory=home or str(tmp_path / "Trash"))


def act(tmp_path: Path, root: str, way: Way, ops: PosixFiles | None = None) -> Outcome:
    (outcome,) = disposal(tmp_path, ops).dispose(
        "run-1", plan([root], remove(root, "sub/copy.jpg", "keep.jpg", way=way))
    )
    return outcome


class Refusing(Cloning):
    """Answers one kind of link with an error."""

    def __init__(self, call: str, number: int) -> None:
        def refuse(*arguments: object) -> Any:
            raise OSError(number, os.strerror(number))

        setattr(self, call, refuse)


@pytest.mark.parametrize("number", [errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS])
@pytest.mark.parametrize(
    ("way", "call", "words"),
    [
        (Way.HARDLINK, "link", "cannot hold a hard link"),
        (Way.REFLINK, "clone", "cannot share blocks"),
        (Way.SYMLINK, "symlink", "cannot hold a symbolic link"),
    ],
)
def test_a_volume_without_such_links_refuses_with_the_reason(
    tmp_path: Path, root: str, way: Way, call: str, words: str, number: int
) -> None:
    before = snapshot(root)

    outcome = act(tmp_path, root, way, Refusing(call, number))

    assert outcome.status is Status.REFUSED
    assert words in outcome.reason
    assert {p: k.content for p, k in snapshot(root).items()} == {p: k.content for p, k in before.items()}
    assert leftovers(root) == []


def test_another_error_of_the_disk_is_a_failure(tmp_path: Path, root: str) -> None:
    outcome = act(tmp_path, root, Way.HARDLINK, Refusing("link", errno.EIO))

    assert (outcome.status, outcome.reason) == (Status.FAILED, "the disk reported Input/output error (EIO)")


def test_a_clone_that_reads_back_differently_is_no_link(tmp_path: Path, root: str) -> None:
    class Wrong(PosixFiles):
        def clone(self, source: int, destination: int) -> None:
            os.pwrite(destination, b"nonsense", 0)

    outcome = act(tmp_path, root, Way.REFLINK, Wrong())

    assert "does not read back" in outcome.reason or outcome.status is Status.FAILED
    assert Path(root, "sub/copy.jpg").read_text() == "copy"
    assert leftovers(root) == []


def test_a_keeper_that_is_replaced_while_it_is_linked_refuses(tmp_path: Path, root: str) -> None:
    class Swapping(PosixFiles):
        def link(self, source_folder: int, source: str, folder: int, name: str) -> None:
            os.rename(f"{root}/keep.jpg", f"{root}/real.jpg")
            Path(root, "keep.jpg").write_text("other")
            super().link(source_folder, source, folder, name)

    outcome = act(tmp_path, root, Way.HARDLINK, Swapping())

    assert (outcome.status, outcome.reason) == (Status.REFUSED, "the file to keep was replaced in this moment")
    assert Path(root, "sub/copy.jpg").read_text() == "copy"
    assert leftovers(root) == []


def test_a_name_that_is_taken_before_the_link_gets_it_stays_with_its_file(tmp_path: Path, root: str) -> None:
    class Taken(PosixFiles):
        def rename_no_replace(self, source_folder: int, source: str, folder: int, name: str) -> None:
            super().rename_no_replace(source_folder, source, folder, name)
            if source == "copy.jpg":
                Path(root, "sub/copy.jpg").write_text("somebody else's")

    outcome = act(tmp_path, root, Way.SYMLINK, Taken())

    assert outcome.status is Status.REFUSED
    assert "another file took its name" in outcome.reason
    assert Path(root, "sub/copy.jpg").read_text() == "somebody else's"
    assert sorted(p.read_text() for p in Path(root, "sub").iterdir()) == ["copy", "somebody else's"]


def test_a_link_across_two_roots_says_the_whole_path(tmp_path: Path, root: str) -> None:
    other = make_tree(tmp_path / "other", {"copy.jpg": "copy"})
    planned = removal(subject(f"{other}/copy.jpg", other), subject(f"{root}/keep.jpg", root), Way.SYMLINK)

    (outcome,) = disposal(tmp_path).dispose("run-1", plan([root, other], planned))

    assert outcome.status is Status.DONE
    assert os.readlink(f"{other}/copy.jpg") == f"{root}/keep.jpg"
    assert [r.status for r in disposal(tmp_path).undo("run-1")] == [Status.UNDONE]
    assert Path(other, "copy.jpg").read_text() == "copy"


@pytest.mark.parametrize("way", [Way.HARDLINK, Way.SYMLINK, Way.REFLINK])
def test_what_took_the_place_of_the_link_keeps_its_name(tmp_path: Path, root: str, way: Way) -> None:
    ops = Cloning()
    act(tmp_path, root, way, ops)
    os.unlink(f"{root}/sub/copy.jpg")
    Path(root, "sub/copy.jpg").write_text("new")

    (restored,) = disposal(tmp_path, ops).undo("run-1")

    assert restored.status is Status.UNDONE
    assert Path(root, "sub/copy.jpg").read_text() == "new"
    assert Path(restored.path).read_text() == "copy"


class Volumes(PosixFiles):
    """The library below its top is a volume of its own, the home another."""

    def __init__(self, top: str) -> None:
        self.top = top

    def volume(self, folder: int) -> Volume:
        path = os.readlink(f"/proc/self/fd/{folder}")
        return super().volume(folder)._replace(mount=2 if f"{path}/".startswith(f"{self.top}/") else 1)


@pytest.mark.parametrize("is_shared", [False, True], ids=["of the user alone", "shared, with the sticky bit"])
def test_a_volume_of_its_own_has_its_own_trash(tmp_path: Path, root: str, is_shared: bool) -> None:
    if is_shared:
        os.mkdir(f"{root}/.Trash")
        os.chmod(f"{root}/.Trash", 0o1777)
    ops = Volumes(root)

    outcome = act(tmp_path, root, Way.TRASH, ops)

    place = f"{root}/.Trash/{os.getuid()}" if is_shared else f"{root}/.Trash-{os.getuid()}"
    assert (outcome.status, outcome.reason) == (Status.DONE, "")
    assert outcome.now_at is not None
    assert os.path.dirname(outcome.now_at) == f"{place}/files"
    (record,) = Path(place, "info").iterdir()
    assert "Path=sub/copy.jpg\n" in record.read_text()
    assert [r.status for r in disposal(tmp_path, ops).undo("run-1")] == [Status.UNDONE]
    assert Path(root, "sub/copy.jpg").read_text() == "copy"


def test_on_a_platform_without_such_a_trash_the_way_is_refused(
    tmp_path: Path, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trash, "sys", SimpleNamespace(platform="darwin"))

    outcome = act(tmp_path, root, Way.TRASH)

    assert "the trash of this platform is not supported" in outcome.reason


def test_a_record_that_somebody_cleared_away_does_not_hold_undo(tmp_path: Path, root: str) -> None:
    act(tmp_path, root, Way.TRASH)
    for record in (tmp_path / "Trash/info").iterdir():
        record.unlink()

    assert [r.status for r in disposal(tmp_path).undo("run-1")] == [Status.UNDONE]


def test_where_the_trash_lies_follows_the_desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert trash.home_trash() == "/data/Trash"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert trash.home_trash() == "/home/me/.local/share/Trash"
