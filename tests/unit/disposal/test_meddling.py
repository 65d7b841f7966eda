"""Somebody else acts between two calls of a removal: what was met goes back, what changed stays, and it is said."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.disposal.volume.held import Holding
from py_image_dedup.disposal.volume.posix import PosixFiles
from py_image_dedup.model.outcomes import Outcome, Status
from py_image_dedup.model.places import QUARANTINE_NAME
from py_image_dedup.model.plans import PlannedRemoval, Way
from tests.support.libraries import FixedClock, leftovers, plan, put_aside, remove
from tests.support.meddling import Meddling, MeddlingWithoutExclusiveRename
from tests.support.scenarios import NoExclusiveRename
from tests.support.tree import make_tree

TREE = {"k.jpg": "kept", "a.jpg": "first copy", "a.xmp": "its notes", "b/c.jpg": "second copy"}


@pytest.fixture
def root(tmp_path: Path) -> str:
    return make_tree(tmp_path / "library", TREE)


def opened(tmp_path: Path, ops: PosixFiles | None = None) -> Disposal:
    return Disposal(str(tmp_path / "state"), FixedClock(), ops)


def act(tmp_path: Path, ops: PosixFiles, root: str, *removals: PlannedRemoval) -> list[Outcome]:
    return list(opened(tmp_path, ops).dispose("run-1", plan([root], *removals)))


def failing(number: int = errno.EIO) -> Callable[..., Any]:
    def call(*arguments: object) -> Any:
        raise OSError(number, os.strerror(number))

    return call


def edited(path: str) -> Callable[[], object]:
    return lambda: Path(path).write_text("edited meanwhile")


def swapped(path: str) -> Callable[[], object]:
    def swap() -> None:
        os.rename(path, path + ".elsewhere")
        Path(path).write_text("a stranger")

    return swap


MEANWHILE = [
    ("a.jpg", edited, "it is being changed at this moment"),
    ("k.jpg", edited, "it has just been changed"),
    ("k.jpg", lambda path: lambda: os.unlink(path), "it is not there any more"),
    ("k.jpg", swapped, "another file stands in its place"),
]


@pytest.mark.parametrize(("name", "what", "words"), MEANWHILE, ids=[f"{m[0]}: {m[2]}" for m in MEANWHILE])
def test_what_changes_after_it_was_verified_keeps_the_copy(
    tmp_path: Path, root: str, name: str, what: Callable[[str], Callable[[], object]], words: str
) -> None:
    ops = Meddling("create_file", what(f"{root}/{name}"))  # the record is written: all is verified, nothing moved

    (outcome,) = act(tmp_path, ops, root, remove(root, "a.jpg", "k.jpg"))

    assert outcome.status is Status.REFUSED
    assert words in outcome.reason
    assert ("the file to keep" in outcome.reason) is (name == "k.jpg")
    assert put_aside(root) == []


@pytest.mark.parametrize("way", [Way.QUARANTINE, Way.SYMLINK], ids=lambda w: w.value)
def test_a_keeper_that_changes_while_the_copy_moves_brings_it_back(tmp_path: Path, root: str, way: Way) -> None:
    ops = Meddling("rename_no_replace", edited(f"{root}/k.jpg"), name="a.jpg", after=True)

    (outcome,) = act(tmp_path, ops, root, remove(root, "a.jpg", "k.jpg", way=way))

    assert outcome.status is Status.REFUSED
    assert "it has just been changed, in the moment of acting" in outcome.reason
    assert Path(root, "a.jpg").read_text() == "first copy"
    assert (put_aside(root), leftovers(root)) == ([], [])


def test_a_stranger_met_under_the_name_goes_back_to_it(tmp_path: Path, root: str) -> None:
    ops = Meddling("rename_no_replace", swapped(f"{root}/a.jpg"), name="a.jpg")

    (outcome,) = act(tmp_path, ops, root, remove(root, "a.jpg", "k.jpg"))

    assert outcome.status is Status.REFUSED
    assert outcome.reason == "another file stood in its place in the moment of acting"
    assert Path(root, "a.jpg").read_text() == "a stranger"
    assert put_aside(root) == []


def targeted(root: str, target: Path | str, *companions: str) -> PlannedRemoval:
    return remove(root, "a.jpg", "k.jpg", *companions, way=Way.TARGET, target_directory=str(target))


def took(path: str) -> Callable[[], object]:
    return lambda: Path(path).write_text("somebody else's")


def test_a_target_name_that_is_taken_at_the_last_moment_keeps_the_copy(tmp_path: Path, root: str) -> None:
    target = tmp_path / "target"
    target.mkdir()
    there = f"{target}{root}/a.jpg"

    (outcome,) = act(tmp_path, Meddling("rename_no_replace", took(there), name="a.jpg"), root, targeted(root, target))

    assert (outcome.status, outcome.reason) == (
        Status.REFUSED,
        "the name it was to get was taken in this moment",
    )
    assert (Path(there).read_text(), Path(root, "a.jpg").read_text()) == ("somebody else's", "first copy")


def test_a_target_name_taken_where_no_rename_is_exclusive_brings_the_copy_back(tmp_path: Path, root: str) -> None:
    target = tmp_path / "target"
    target.mkdir()
    there = f"{target}{root}/a.jpg"
    ops = MeddlingWithoutExclusiveRename("rename_plain", took(there), name="a.jpg", after=True)

    (outcome,) = act(tmp_path, ops, root, targeted(root, target))

    assert outcome.status is Status.REFUSED
    assert "another file came to stand at" in outcome.reason
    assert (Path(there).read_text(), Path(root, "a.jpg").read_text()) == ("somebody else's", "first copy")
    assert put_aside(root) == []


def test_a_target_name_on_another_volume_taken_while_it_is_copied(tmp_path: Path, root: str, other_volume: str) -> None:
    there = f"{other_volume}{root}/a.jpg"

    (outcome,) = act(tmp_path, Meddling("drop_cache", took(there)), root, targeted(root, other_volume))

    assert (outcome.status, outcome.reason) == (
        Status.REFUSED,
        "another file came to stand where it was to go",
    )
    assert os.listdir(os.path.dirname(there)) == ["a.jpg"]
    assert (Path(there).read_text(), Path(root, "a.jpg").read_text()) == ("somebody else's", "first copy")


def test_a_source_that_changes_while_it_is_copied_is_not_copied(tmp_path: Path, root: str, other_volume: str) -> None:
    ops = Meddling("reserve", edited(f"{root}/a.jpg"))

    (outcome,) = act(tmp_path, ops, root, targeted(root, other_volume))

    assert (outcome.status, outcome.reason) == (Status.REFUSED, "its content changed while it was copied")
    assert not any(files for _, _, files in os.walk(other_volume))


def test_a_shelf_that_somebody_meddles_with_is_not_cleared(tmp_path: Path, root: str, other_volume: str) -> None:
    def swap() -> None:
        (path,) = put_aside(root)
        swapped(path)()

    ops = Meddling("is_written_elsewhere", swap, at=2)  # after it was put aside, before it is unlinked

    (outcome,) = act(tmp_path, ops, root, targeted(root, other_volume))

    assert Path(f"{other_volume}{root}/a.jpg").read_text() == "first copy"
    assert sorted(Path(path).read_text() for path in put_aside(root)) == ["a stranger", "first copy"]
    assert outcome.status is Status.DONE


def test_a_copy_that_cannot_be_withdrawn_is_left_to_the_next_start(
    tmp_path: Path, root: str, other_volume: str
) -> None:
    ops = Meddling("reserve", failing(), at=2)  # the companion cannot be copied
    ops.rename_no_replace = withdrawing_fails(ops.rename_no_replace)  # type: ignore[method-assign]

    (outcome,) = act(tmp_path, ops, root, targeted(root, other_volume, "a.xmp"))

    assert outcome.status is Status.FAILED
    assert opened(tmp_path).unfinished() == 2
    opened(tmp_path).resume()
    assert opened(tmp_path).unfinished() == 0
    assert not any(files for _, _, files in os.walk(other_volume))
    assert Path(root, "a.jpg").read_text() == "first copy"


def withdrawing_fails(rename: Callable[..., None]) -> Callable[..., None]:
    def call(source_folder: int, source: str, folder: int, name: str) -> None:
        if source == "a.jpg":
            raise OSError(errno.EIO, "Input/output error")
        rename(source_folder, source, folder, name)

    return call


def test_a_rename_that_fails_with_nobody_able_to_look_stays_open(tmp_path: Path, root: str) -> None:
    class Away(PosixFiles):
        """The share goes away in the middle of the rename."""

        is_away = False

        def rename_no_replace(self, source_folder: int, source: str, folder: int, name: str) -> None:
            self.is_away = True
            raise OSError(errno.ESTALE, "Stale file handle")

        def stat_name(self, folder: int, name: str) -> Any:
            return failing(errno.ESTALE)() if self.is_away else super().stat_name(folder, name)

    (outcome,) = act(tmp_path, Away(), root, remove(root, "a.jpg", "k.jpg"))

    assert outcome.status is Status.FAILED
    assert "where it is now cannot be told" in outcome.reason
    assert opened(tmp_path).unfinished() == 1
    opened(tmp_path).resume()
    assert opened(tmp_path).unfinished() == 0
    assert Path(root, "a.jpg").read_text() == "first copy"


def test_a_folder_whose_volume_cannot_be_told_is_not_kept_open(root: str) -> None:
    ops, closed = PosixFiles(), []
    ops.volume = failing()  # type: ignore[method-assign]
    ops.close = closed.append  # type: ignore[method-assign]

    with Holding(ops) as holding, pytest.raises(OSError, match="Input/output error"):
        holding.top(root)

    assert [os.readlink(f"/proc/self/fd/{descriptor}") for descriptor in closed] == [root]
    os.close(closed[0])


def test_after_a_failed_sync_what_was_refused_is_looked_at_again_too(tmp_path: Path, root: str) -> None:
    synced = iter(range(100))
    ops = Meddling("create_file", edited(f"{root}/a.jpg"))
    renamed: list[str] = []
    rename, sync = ops.rename_no_replace, ops.sync

    def renaming(source_folder: int, source: str, folder: int, name: str) -> None:
        rename(source_folder, source, folder, name)
        renamed.append(source)

    def syncing(descriptor: int) -> None:
        if renamed and next(synced) == 0:
            raise OSError(errno.EIO, "Input/output error")
        sync(descriptor)

    ops.rename_no_replace, ops.sync = renaming, syncing  # type: ignore[method-assign]

    first, second = act(tmp_path, ops, root, remove(root, "a.jpg", "k.jpg"), remove(root, "b/c.jpg", "k.jpg"))

    assert (first.status, second.status) == (Status.REFUSED, Status.FAILED)
    assert opened(tmp_path).unfinished() == 2
    opened(tmp_path).resume()
    assert opened(tmp_path).unfinished() == 0
    assert Path(root, "b/c.jpg").read_text() == "second copy"


def test_a_folder_that_somebody_makes_at_the_same_time_is_not_ours(tmp_path: Path, root: str) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (top, *_) = root.strip("/").split("/")
    ops = Meddling("mkdir", lambda: os.mkdir(target / top), name=top)

    (outcome,) = act(tmp_path, ops, root, targeted(root, target))

    assert outcome.status is Status.DONE
    assert [r.status for r in opened(tmp_path).undo("run-1")] == [Status.UNDONE]
    assert os.listdir(target) == [top]


def test_a_symbolic_link_that_is_swapped_while_it_is_read_is_not_ours(tmp_path: Path, root: str) -> None:
    act(tmp_path, PosixFiles(), root, remove(root, "a.jpg", "k.jpg", way=Way.SYMLINK))
    ops = PosixFiles()
    ops.read_link = failing(errno.EINVAL)  # type: ignore[method-assign]

    (restored,) = opened(tmp_path, ops).undo("run-1")

    assert restored.status is Status.UNDONE
    assert os.path.islink(f"{root}/a.jpg")
    assert Path(restored.path).read_text() == "first copy"


def test_a_link_goes_for_its_file_where_no_rename_is_exclusive(tmp_path: Path, root: str) -> None:
    act(tmp_path, NoExclusiveRename(), root, remove(root, "a.jpg", "k.jpg", way=Way.HARDLINK))
    assert os.path.samefile(f"{root}/a.jpg", f"{root}/k.jpg")

    (restored,) = opened(tmp_path, NoExclusiveRename()).undo("run-1")

    assert (restored.status, restored.path) == (Status.UNDONE, f"{root}/a.jpg")
    assert Path(root, "a.jpg").read_text() == "first copy"
    assert leftovers(root) == []


@pytest.mark.parametrize("call", ["undo", "purge"])
def test_what_could_not_be_synced_is_not_called_done(tmp_path: Path, root: str, call: str) -> None:
    act(tmp_path, PosixFiles(), root, remove(root, "a.jpg", "k.jpg"))
    ops = PosixFiles()
    ops.sync = failing()  # type: ignore[method-assign]

    (outcome,) = (
        opened(tmp_path, ops).undo("run-1") if call == "undo" else opened(tmp_path, ops).purge([root], older_than_ns=0)
    )

    assert (outcome.status, outcome.reason) == (Status.FAILED, "the disk reported Input/output error (EIO)")
    opened(tmp_path).resume()
    assert opened(tmp_path).unfinished() == 0


@pytest.mark.parametrize("call", ["undo", "purge"])
def test_what_cannot_be_looked_at_stays_put_aside(tmp_path: Path, root: str, call: str) -> None:
    act(tmp_path, PosixFiles(), root, remove(root, "a.jpg", "k.jpg"))
    ops = PosixFiles()
    ops.open_file = failing()  # type: ignore[method-assign]

    (outcome,) = (
        opened(tmp_path, ops).undo("run-1") if call == "undo" else opened(tmp_path, ops).purge([root], older_than_ns=0)
    )

    assert outcome.status is Status.FAILED
    assert "it could not be looked at" in outcome.reason
    assert [Path(path).read_text() for path in put_aside(root)] == ["first copy"]


def test_a_copy_that_came_home_and_was_swapped_leaves_the_other_one(
    tmp_path: Path, root: str, other_volume: str
) -> None:
    act(tmp_path, PosixFiles(), root, targeted(root, other_volume))
    ops = Meddling("rename_no_replace", swapped(f"{root}/a.jpg"), after=True)

    (restored,) = opened(tmp_path, ops).undo("run-1")

    assert restored.status is Status.UNDONE
    assert Path(root, "a.jpg").read_text() == "a stranger"
    assert Path(f"{other_volume}{root}/a.jpg").read_text() == "first copy"


@pytest.mark.parametrize(("blocked", "words"), [(True, "is in the way and is no folder"), (False, "mount point")])
def test_an_emptied_folder_that_may_not_go_is_refused(tmp_path: Path, root: str, blocked: bool, words: str) -> None:
    the_plan = plan([root], remove(root, "b/c.jpg", "k.jpg"), remove_empty_folders=True)
    outcomes = [Outcome(the_plan.removals[0], Status.DONE)]
    os.unlink(f"{root}/b/c.jpg")
    asked = iter(range(100))

    class Mounting(PosixFiles):
        def volume(self, folder: int) -> Any:
            inside = os.readlink(f"/proc/self/fd/{folder}") == f"{root}/b"
            return super().volume(folder)._replace(mount=2 if inside and next(asked) else 1)

    if blocked:
        Path(root, QUARANTINE_NAME).write_text("somebody's")
    ops = PosixFiles() if blocked else Mounting()

    (outcome,) = opened(tmp_path, ops).remove_emptied_folders("run-1", the_plan, outcomes)

    assert outcome.status is Status.REFUSED
    assert words in outcome.reason
    assert os.path.isdir(f"{root}/b")


def test_a_folder_that_cannot_be_looked_at_would_not_be_emptied(tmp_path: Path, root: str) -> None:
    ops = PosixFiles()
    ops.open_folder = failing()  # type: ignore[method-assign]

    assert opened(tmp_path, ops).rehearse_folders(plan([root], remove(root, "b/c.jpg", "k.jpg"))) == []
