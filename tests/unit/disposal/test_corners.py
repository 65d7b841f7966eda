"""Undo, purge and recovery where the disk is not as it was left: said, and nothing is guessed."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.disposal.volume.posix import PosixFiles
from py_image_dedup.disposal.volume.renames import restored_name
from py_image_dedup.model.outcomes import Status
from py_image_dedup.model.places import QUARANTINE_NAME
from py_image_dedup.model.plans import Way
from tests.support.libraries import FixedClock, plan, remove
from tests.support.tree import make_tree

TREE = {"k.jpg": "kept", "a.jpg": "first copy", "b/c.jpg": "second copy", "b/c.xmp": "notes"}


@pytest.fixture
def root(tmp_path: Path) -> str:
    return make_tree(tmp_path / "library", TREE)


def opened(tmp_path: Path, ops: PosixFiles | None = None) -> Disposal:
    return Disposal(str(tmp_path / "state"), FixedClock(), ops)


def put_aside(tmp_path: Path, root: str, *, empty: bool = False) -> dict[str, Path]:
    """Remove two copies; where each content lies now."""
    the_plan = plan(
        [root], remove(root, "a.jpg", "k.jpg"), remove(root, "b/c.jpg", "k.jpg", "b/c.xmp"), remove_empty_folders=empty
    )
    outcomes = list(opened(tmp_path).dispose("run-1", the_plan))
    if empty:
        opened(tmp_path).remove_emptied_folders("run-1", the_plan, outcomes)
    shelf = Path(root, QUARANTINE_NAME, "run-1")
    return {path.read_text(): path for path in shelf.iterdir() if path.suffix != ".jsonl"}


def reasons(outcomes: Any) -> dict[str, tuple[Status, str]]:
    return {os.path.basename(one.original): (one.status, one.reason) for one in outcomes}


def gone(path: Path) -> None:
    path.unlink()


def changed(path: Path) -> None:
    path.write_text("something else")


def made_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(("what", "words"), [(gone, "not at"), (changed, "was changed at"), (made_a_folder, "not at")])
def test_what_was_taken_or_changed_in_the_quarantine_is_neither_brought_back_nor_purged(
    tmp_path: Path, root: str, what: Callable[[Path], None], words: str
) -> None:
    what(put_aside(tmp_path, root)["first copy"])

    purged = reasons(opened(tmp_path).purge([root], older_than_ns=0))
    restored = reasons(opened(tmp_path).undo("run-1"))

    for told in (purged, restored):
        assert told["a.jpg"][0] is Status.REFUSED
        assert words in told["a.jpg"][1]
    assert purged["c.jpg"][0] is Status.DONE


@pytest.mark.parametrize("call", ["undo", "purge"])
def test_a_stop_is_heard_between_batches(tmp_path: Path, root: str, call: str) -> None:
    put_aside(tmp_path, root)
    disposal = opened(tmp_path)

    done = (
        disposal.undo("run-1", lambda: True)
        if call == "undo"
        else disposal.purge([root], older_than_ns=0, stop=lambda: True)
    )

    assert list(done) == []


def test_more_than_a_batch_comes_back_whole(tmp_path: Path) -> None:
    tree = {"k.jpg": "kept"} | {f"{n:03}.jpg": f"content {n}" for n in range(130)}
    root = make_tree(tmp_path / "library", tree)
    list(opened(tmp_path).dispose("run-1", plan([root], *(remove(root, f"{n:03}.jpg", "k.jpg") for n in range(128)))))

    assert [r.status for r in opened(tmp_path).undo("run-1")] == [Status.UNDONE] * 128
    assert len(os.listdir(root)) == 131


def test_a_keeper_that_moved_is_found_elsewhere_and_one_in_a_quarantine_is_none(tmp_path: Path, root: str) -> None:
    put_aside(tmp_path, root)
    os.rename(f"{root}/k.jpg", f"{root}/moved.jpg")
    inside = f"{root}/{QUARANTINE_NAME}/run-1/x.jpg"
    Path(inside).write_text("kept")

    nowhere = reasons(opened(tmp_path).purge([root], older_than_ns=0, elsewhere=lambda _: [inside, "/outside.jpg"]))
    found = reasons(opened(tmp_path).purge([root], older_than_ns=0, elsewhere=lambda _: [f"{root}/moved.jpg"]))

    assert {status for status, _ in nowhere.values()} == {Status.REFUSED}
    assert {status for status, _ in found.values()} == {Status.DONE}


def test_only_what_belongs_to_the_paths_that_are_named_comes_back(tmp_path: Path, root: str) -> None:
    put_aside(tmp_path, root, empty=True)

    restored = reasons(opened(tmp_path).undo("run-1", paths=[f"{root}/b/c.xmp"]))

    assert {name for name, (status, _) in restored.items() if status is Status.UNDONE} == {"b", "c.jpg", "c.xmp"}
    assert not os.path.lexists(f"{root}/a.jpg")


def test_a_name_with_a_suffix_that_is_no_suffix_is_shortened_whole() -> None:
    name = "a." + "b" * 250

    assert restored_name(name, "run-1-000001").endswith(" (restored run-1-000001)")
    assert len(restored_name(name, "run-1-000001")) == 255
    assert len(os.fsencode(restored_name("\udce9" * 255, "run-1-000001"))) == 255


class Dying(PosixFiles):
    """Ends the act, as a kill would, at the n-th call of a name."""

    class Killed(BaseException):
        pass

    def __init__(self, name: str, at: int = 1) -> None:
        call, left = getattr(super(), name), iter(range(at - 1))

        def dying(*arguments: Any) -> Any:
            if next(left, None) is None:
                raise Dying.Killed
            return call(*arguments)

        setattr(self, name, dying)


def interrupted(tmp_path: Path, root: str, call: str = "rename_no_replace", at: int = 2) -> None:
    the_plan = plan([root], remove(root, "b/c.jpg", "k.jpg", "b/c.xmp"))
    with pytest.raises(Dying.Killed):
        list(opened(tmp_path, Dying(call, at)).dispose("run-1", the_plan))


def test_a_root_that_is_away_leaves_the_act_open_until_it_is_back(tmp_path: Path, root: str) -> None:
    interrupted(tmp_path, root)
    os.rename(root, root + ".away")

    (sentence,) = opened(tmp_path).resume()
    assert "An interrupted act waits" in sentence
    assert opened(tmp_path).unfinished() == 2

    os.rename(root + ".away", root)
    opened(tmp_path).resume()
    assert opened(tmp_path).unfinished() == 0
    assert sorted(os.listdir(f"{root}/b")) == ["c.jpg", "c.xmp"]


def test_a_disk_that_still_fails_leaves_the_act_open(tmp_path: Path, root: str) -> None:
    interrupted(tmp_path, root)

    class Failing(PosixFiles):
        def rename_no_replace(self, source_folder: int, source: str, folder: int, name: str) -> None:
            raise OSError(errno.EIO, "Input/output error")

    (sentence,) = opened(tmp_path, Failing()).resume()

    assert "could not be finished and waits: Input/output error (EIO)" in sentence
    assert opened(tmp_path).unfinished() == 2


def test_a_file_whose_folder_is_gone_stays_put_aside_on_record(tmp_path: Path, root: str) -> None:
    interrupted(tmp_path, root)
    os.unlink(f"{root}/b/c.xmp")
    os.rmdir(f"{root}/b")

    sentences = opened(tmp_path).resume()

    assert any("its folder is gone; it stays put aside" in sentence for sentence in sentences)
    assert opened(tmp_path).unfinished() == 0
    assert [r.status for r in opened(tmp_path).undo("run-1")] == [Status.UNDONE]
    assert Path(root, "b/c.jpg").read_text() == "second copy"


@pytest.mark.parametrize("differs", [False, True], ids=["read back right", "read back wrong"])
def test_a_copy_is_read_back_before_it_counts(tmp_path: Path, root: str, other_volume: str, differs: bool) -> None:
    class Wrong(PosixFiles):
        def drop_cache(self, descriptor: int) -> None:
            super().drop_cache(descriptor)
            if differs:
                os.pwrite(descriptor, b"X", 0)

    planned = remove(root, "a.jpg", "k.jpg", way=Way.TARGET, target_directory=other_volume)
    (outcome,) = opened(tmp_path, Wrong()).dispose("run-1", plan([root], planned))

    assert (outcome.status is Status.FAILED) is differs
    assert os.path.lexists(f"{root}/a.jpg") is differs
    assert not differs or "EIO" in outcome.reason


@pytest.mark.parametrize(("number", "done"), [(errno.EPERM, True), (errno.EIO, False)])
def test_attributes_that_the_target_has_not_do_not_hold_a_move(
    tmp_path: Path, root: str, other_volume: str, number: int, done: bool
) -> None:
    class NoModes(PosixFiles):
        def set_mode(self, descriptor: int, mode: int) -> None:
            raise OSError(number, os.strerror(number))

    planned = remove(root, "a.jpg", "k.jpg", way=Way.TARGET, target_directory=other_volume)
    (outcome,) = opened(tmp_path, NoModes()).dispose("run-1", plan([root], planned))

    assert (outcome.status is Status.DONE) is done


def test_another_error_on_the_way_to_a_file_is_no_change_of_it(tmp_path: Path, root: str) -> None:
    class Failing(PosixFiles):
        def stat_name(self, folder: int, name: str) -> Any:
            if name == "a.jpg":
                raise OSError(errno.EIO, "Input/output error")
            return super().stat_name(folder, name)

    (outcome,) = opened(tmp_path, Failing()).dispose("run-1", plan([root], remove(root, "a.jpg", "k.jpg")))

    assert outcome.status is Status.FAILED
    assert "it could not be looked at: Input/output error (EIO)" in outcome.reason


def test_after_a_halt_nothing_more_is_begun(tmp_path: Path, root: str) -> None:
    class Full(PosixFiles):
        def rename_no_replace(self, source_folder: int, source: str, folder: int, name: str) -> None:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    tree = {f"{n:03}.jpg": f"content {n}" for n in range(70)}
    make_tree(root, tree)
    the_plan = plan([root], *(remove(root, name, "k.jpg") for name in tree))

    outcomes = list(opened(tmp_path, Full()).dispose("run-1", the_plan))

    assert outcomes[0].status is Status.FAILED
    assert {(o.status, "not begun: " in o.reason) for o in outcomes[1:]} == {(Status.REFUSED, True)}


def interrupted_undo(tmp_path: Path, call: str, at: int) -> None:
    with pytest.raises(Dying.Killed):
        list(opened(tmp_path, Dying(call, at)).undo("run-1"))


def test_an_undo_whose_root_is_away_waits(tmp_path: Path, root: str) -> None:
    put_aside(tmp_path, root)
    interrupted_undo(tmp_path, "rename_no_replace", 1)
    os.rename(root, root + ".away")

    assert all("waits" in sentence for sentence in opened(tmp_path).resume())
    assert opened(tmp_path).unfinished() == 3

    os.rename(root + ".away", root)
    opened(tmp_path).resume()
    assert opened(tmp_path).unfinished() == 0


def test_a_file_that_is_gone_after_an_interrupted_undo_is_lost_track_of(tmp_path: Path, root: str) -> None:
    aside = put_aside(tmp_path, root)
    interrupted_undo(tmp_path, "rename_no_replace", 1)
    aside["first copy"].unlink()

    sentences = opened(tmp_path).resume()

    assert any("it is neither at" in sentence for sentence in sentences)
    assert opened(tmp_path).unfinished() == 0


def test_a_purge_whose_shelf_is_gone_waits_until_it_can_be_looked_at(tmp_path: Path, root: str) -> None:
    put_aside(tmp_path, root)
    with pytest.raises(Dying.Killed):
        list(opened(tmp_path, Dying("unlink", 1)).purge([root], older_than_ns=0))
    shelf = Path(root, QUARANTINE_NAME, "run-1")
    os.rename(shelf, f"{root}/hidden")

    assert all("cannot be looked at" in sentence for sentence in opened(tmp_path).resume())

    os.rename(f"{root}/hidden", shelf)
    assert opened(tmp_path).resume() == []
    assert opened(tmp_path).unfinished() == 0


@pytest.mark.parametrize("taken", [False, True], ids=["the name is free", "another file has the name"])
def test_a_link_that_was_not_made_in_time_leaves_the_copy_where_it_was(tmp_path: Path, root: str, taken: bool) -> None:
    the_plan = plan([root], remove(root, "a.jpg", "k.jpg", way=Way.SYMLINK))
    with pytest.raises(Dying.Killed):
        list(opened(tmp_path, Dying("rename_no_replace", 2)).dispose("run-1", the_plan))
    for path in Path(root).iterdir():
        if path.is_symlink():
            path.unlink()
    if taken:
        Path(root, "a.jpg").write_text("somebody else's")

    opened(tmp_path).resume()

    assert Path(root, "a.jpg").read_text() == ("somebody else's" if taken else "first copy")
    assert opened(tmp_path).unfinished() == 0
    assert [r.status for r in opened(tmp_path).undo("run-1")] == ([Status.UNDONE] if taken else [])


def test_a_link_whose_folder_is_gone_leaves_the_copy_put_aside(tmp_path: Path, root: str) -> None:
    the_plan = plan([root], remove(root, "b/c.jpg", "k.jpg", way=Way.SYMLINK))
    with pytest.raises(Dying.Killed):
        list(opened(tmp_path, Dying("rename_no_replace", 2)).dispose("run-1", the_plan))
    os.rename(f"{root}/b", tmp_path / "b away")

    opened(tmp_path).resume()

    assert opened(tmp_path).unfinished() == 0
    assert [r.status for r in opened(tmp_path).undo("run-1")] == [Status.UNDONE]
    assert Path(root, "b/c.jpg").read_text() == "second copy"
