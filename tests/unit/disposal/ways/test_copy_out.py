"""What stays is copied elsewhere: verified, replacing nothing, going on where it was; the library is only read."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.disposal.volume.posix import PosixFiles
from py_image_dedup.model.errors import LockHeld, SettingsError
from py_image_dedup.model.outcomes import CopyOutcome, Status
from py_image_dedup.model.places import own_name
from py_image_dedup.model.plans import Subject
from tests.support.hooks import Counting, Hooked
from tests.support.libraries import FixedClock, snapshot, subject
from tests.support.meddling import Meddling
from tests.support.tree import make_tree

OLD_NS = 1_500_000_000_123_456_789
TREE = {"a.jpg": "one", "b/c.jpg": "two", "b/c.xmp": "its notes", os.fsdecode(b"b/\xe9\n.jpg"): "three"}


@pytest.fixture
def root(tmp_path: Path) -> str:
    return make_tree(tmp_path / "library", TREE, mtime_ns=OLD_NS)


@pytest.fixture
def out(tmp_path: Path) -> str:
    return str(tmp_path / "out")


def subjects(root: str) -> list[Subject]:
    return [subject(f"{root}/{name}", root) for name in TREE]


def copied(
    tmp_path: Path, root: str, out: str, ops: Any = None, stop: Callable[[], bool] = lambda: False
) -> list[CopyOutcome]:
    disposal = Disposal(str(tmp_path / "state"), FixedClock(), ops)
    return list(disposal.copy_out(out, [root], subjects(root), stop))


def content(folder: str) -> dict[str, bytes]:
    return {
        os.path.relpath(os.path.join(at, name), folder): Path(at, name).read_bytes()
        for at, _, names in os.walk(folder)
        for name in names
    }


WHOLE = {f"library/{name}": text.encode() for name, text in TREE.items()}


def test_every_file_has_a_copy_with_its_mode_time_and_attributes(tmp_path: Path, root: str, out: str) -> None:
    os.chmod(f"{root}/a.jpg", 0o640)
    os.setxattr(f"{root}/a.jpg", "user.note", b"mine")
    before = snapshot(root)

    outcomes = copied(tmp_path, root, out)

    assert [(o.status, o.reason) for o in outcomes] == [(Status.DONE, "")] * 4
    assert content(out) == WHOLE
    copies = snapshot(f"{out}/library")
    assert all(kept == copies[path.replace(root, f"{out}/library")] for path, kept in before.items() if kept.content)
    assert snapshot(root) == before


def test_a_second_run_copies_nothing_and_a_file_of_somebody_else_is_not_replaced(
    tmp_path: Path, root: str, out: str
) -> None:
    copied(tmp_path, root, out)
    Path(out, "library/a.jpg").write_text("somebody else's")
    os.unlink(f"{out}/library/b/c.jpg")

    reasons = [outcome.reason for outcome in copied(tmp_path, root, out)]

    there = "it is there already"
    assert reasons == [f"another file stands at {out}/library/a.jpg", "", there, there]
    assert content(out) == {**WHOLE, "library/a.jpg": b"somebody else's"}


class Cut(BaseException):
    pass


def test_cut_short_at_any_change_the_next_run_goes_on_and_the_library_is_untouched(tmp_path: Path, root: str) -> None:
    counting, before = Counting(), snapshot(root)
    copied(tmp_path, root, str(tmp_path / "counted"), Hooked(PosixFiles(), counting))
    for moment in range(1, len(counting.moments) + 1):
        left, out = iter(range(moment - 1)), str(tmp_path / f"out-{moment}")

        def cut(at: str, name: str, left: Any = left) -> None:
            if next(left, None) is None:
                raise Cut

        with pytest.raises(Cut):
            copied(tmp_path, root, out, Hooked(PosixFiles(), cut))
        told = copied(tmp_path, root, out)

        assert ({o.status for o in told}, content(out)) == ({Status.DONE}, WHOLE), f"cut short at {moment}"
        assert snapshot(root) == before


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES])
def test_a_copy_that_fails_is_no_copy_and_a_full_disk_ends_it(tmp_path: Path, root: str, out: str, number: int) -> None:
    def fail() -> None:
        raise OSError(number, os.strerror(number))

    first, *others = copied(tmp_path, root, out, Meddling("reserve", fail))

    assert first.status is Status.FAILED
    assert {o.status for o in others} == {Status.REFUSED if number == errno.ENOSPC else Status.DONE}
    assert all(o.reason.startswith("not begun: ") for o in others) is (number == errno.ENOSPC)
    assert "library/a.jpg" not in content(out)


def test_a_name_that_is_taken_meanwhile_is_left_alone(tmp_path: Path, root: str, out: str) -> None:
    ops = Meddling("drop_cache", lambda: Path(out, "library/a.jpg").write_text("somebody else's"))

    first, *_ = copied(tmp_path, root, out, ops)

    assert (first.status, "came to stand" in first.reason) == (Status.REFUSED, True)
    assert content(out) == {**WHOLE, "library/a.jpg": b"somebody else's"}


def test_what_changed_since_it_was_seen_is_not_copied(tmp_path: Path, root: str, out: str) -> None:
    seen = subjects(root)
    unknown = [Subject(one.file, b"") for one in seen]
    Path(root, "a.jpg").write_text("edited")
    os.unlink(f"{root}/b/c.jpg")
    disposal = Disposal(str(tmp_path / "state"), FixedClock())

    for one in (seen, unknown):
        told = list(disposal.copy_out(out, [root], one))
        assert [o.reason for o in told[:2]] == ["it has changed since it was analysed", "it is not there any more"]
        assert {o.status for o in told[2:]} == {Status.DONE}


def test_files_of_unknown_content_are_copied_as_they_are(tmp_path: Path, root: str, out: str) -> None:
    disposal = Disposal(str(tmp_path / "state"), FixedClock())

    told = list(disposal.copy_out(out, [root], [Subject(one.file, b"") for one in subjects(root)]))

    assert ({o.status for o in told}, content(out)) == ({Status.DONE}, WHOLE)


def test_a_file_in_the_way_of_a_folder_is_left(tmp_path: Path, root: str, out: str) -> None:
    make_tree(out, {"library/b": "a file"})

    first, *others = copied(tmp_path, root, out)

    assert first.status is Status.DONE
    assert {o.reason for o in others} == {f"{out}/library/b is in the way and is no folder"}


def test_a_stop_is_heard_between_files(tmp_path: Path, root: str, out: str) -> None:
    asked = iter([False, True])

    assert len(copied(tmp_path, root, out, stop=lambda: next(asked))) == 1
    assert content(out) == {"library/a.jpg": b"one"}


@pytest.mark.parametrize("place", ["library", "library/b/new", "."])
def test_a_folder_within_the_library_or_around_it_is_refused(tmp_path: Path, root: str, place: str) -> None:
    with pytest.raises(SettingsError, match="lie in each other"):
        copied(tmp_path, root, str(tmp_path / place))
    os.symlink(root, tmp_path / "another way")
    with pytest.raises(SettingsError, match="lie in each other"):
        copied(tmp_path, root, str(tmp_path / "another way/new"))


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, root: str) -> None:
    with pytest.raises(SettingsError, match="cannot be used: No such file"):
        copied(tmp_path, root, str(tmp_path / "not there/out"))


def test_two_at_once_keep_out_of_each_others_way(tmp_path: Path, root: str, out: str) -> None:
    running = Disposal(str(tmp_path / "here"), FixedClock()).copy_out(out, [root], subjects(root))
    next(running)

    with pytest.raises(LockHeld, match="Another copy-out is at work"):
        copied(tmp_path, root, out)

    assert len(list(running)) == 3
    assert own_name("copy-out", "lock") not in os.listdir(out)
