"""Apply, undo, resume and folders on a real disk."""

import os
from pathlib import Path

import pytest

from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.model.errors import LockHeld, SettingsError
from py_image_dedup.model.outcomes import Status
from py_image_dedup.model.places import QUARANTINE_NAME
from py_image_dedup.model.plans import Way
from tests.support.libraries import FixedClock, contents, leftovers, plan, put_aside, remove, snapshot
from tests.support.tree import make_tree

OLD_NS = 1_500_000_000_123_456_789


@pytest.fixture
def disposal(tmp_path: Path) -> Disposal:
    return Disposal(str(tmp_path / "state"), FixedClock())


@pytest.fixture
def root(tmp_path: Path) -> str:
    return make_tree(tmp_path / "library", {"a/keep.jpg": "same", "b/copy.jpg": "same", "c.jpg": "c"}, mtime_ns=OLD_NS)


def test_a_removed_file_lies_in_the_quarantine_and_comes_back_as_it_was(disposal: Disposal, root: str) -> None:
    before = snapshot(root)

    (outcome,) = disposal.dispose("run-1", plan([root], remove(root, "b/copy.jpg", "a/keep.jpg")))

    assert outcome.status is Status.DONE
    assert not os.path.lexists(f"{root}/b/copy.jpg")
    assert put_aside(root) == [outcome.now_at]
    assert Path(outcome.now_at).read_bytes() == b"same"
    (restored,) = disposal.undo("run-1")
    assert (restored.status, restored.path) == (Status.UNDONE, f"{root}/b/copy.jpg")
    assert snapshot(root) == before
    assert not os.path.lexists(f"{root}/{QUARANTINE_NAME}")


def test_moved_to_a_target_keeping_the_tree_and_back(disposal: Disposal, root: str, tmp_path: Path) -> None:
    target = str(tmp_path / "duplicates")
    os.mkdir(target)
    before = snapshot(root)
    planned = remove(root, "b/copy.jpg", "a/keep.jpg", way=Way.TARGET, target_directory=target)

    (outcome,) = disposal.dispose("run-1", plan([root], planned))

    assert (outcome.status, outcome.now_at) == (Status.DONE, f"{target}{root}/b/copy.jpg")
    assert Path(outcome.now_at).read_bytes() == b"same"
    assert [r.status for r in disposal.undo("run-1")] == [Status.UNDONE]
    assert snapshot(root) == before
    assert os.listdir(target) == []


def test_across_volumes_a_verified_copy_replaces_the_source_and_comes_back(
    disposal: Disposal, root: str, other_volume: str
) -> None:
    os.setxattr(f"{root}/b/copy.jpg", "user.note", b"mine")
    os.chmod(f"{root}/b/copy.jpg", 0o640)
    before = snapshot(root)
    planned = remove(root, "b/copy.jpg", "a/keep.jpg", way=Way.TARGET, target_directory=other_volume)

    (outcome,) = disposal.dispose("run-1", plan([root], planned))

    assert (outcome.status, outcome.now_at) == (Status.DONE, f"{other_volume}{root}/b/copy.jpg")
    assert os.stat(outcome.now_at).st_mtime_ns == OLD_NS
    assert put_aside(root) == []
    assert leftovers(other_volume) == []
    assert [r.status for r in disposal.undo("run-1")] == [Status.UNDONE]
    assert snapshot(root) == before
    assert os.listdir(other_volume) == []


def test_a_target_with_the_same_bytes_sends_the_source_to_the_quarantine(
    disposal: Disposal, root: str, tmp_path: Path
) -> None:
    target = str(tmp_path / "duplicates")
    make_tree(target, {f"{root}/b/copy.jpg".lstrip("/"): "same"})
    planned = remove(root, "b/copy.jpg", "a/keep.jpg", way=Way.TARGET, target_directory=target)

    (outcome,) = disposal.dispose("run-1", plan([root], planned))

    assert outcome.status is Status.DONE
    assert put_aside(root) == [outcome.now_at]


def test_a_target_with_other_bytes_is_never_overwritten(disposal: Disposal, root: str, tmp_path: Path) -> None:
    target = str(tmp_path / "duplicates")
    taken = f"{root}/b/copy.jpg".lstrip("/")
    make_tree(target, {taken: "else"})
    planned = remove(root, "b/copy.jpg", "a/keep.jpg", way=Way.TARGET, target_directory=target)

    (outcome,) = disposal.dispose("run-1", plan([root], planned))

    assert outcome.status is Status.REFUSED
    assert Path(target, taken).read_text() == "else"
    assert Path(f"{root}/b/copy.jpg").read_text() == "same"


def test_emptied_folders_go_and_come_back_with_mode_and_time(disposal: Disposal, tmp_path: Path) -> None:
    root = make_tree(tmp_path / "library", {"keep.jpg": "same", "x/y/copy.jpg": "same", "x/z/copy.jpg": "same"})
    os.chmod(f"{root}/x/y", 0o750)
    for folder in ("x/y", "x/z", "x", ""):
        os.utime(f"{root}/{folder}", ns=(OLD_NS, OLD_NS))
    before = snapshot(root)
    removals = [remove(root, f"x/{n}/copy.jpg", "keep.jpg") for n in "yz"]
    the_plan = plan([root], *removals, remove_empty_folders=True)
    rehearsed = disposal.rehearse_folders(the_plan)

    outcomes = list(disposal.dispose("run-1", the_plan))
    folders = disposal.remove_emptied_folders("run-1", the_plan, outcomes)

    assert folders == rehearsed
    assert [f.path for f in folders] == [f"{root}/x/y", f"{root}/x/z", f"{root}/x"]
    assert sorted(os.listdir(root)) == [QUARANTINE_NAME, "keep.jpg"]
    assert {r.status for r in disposal.undo("run-1")} == {Status.UNDONE}
    assert snapshot(root) == before


def test_companions_go_and_come_back_with_the_victim(disposal: Disposal, tmp_path: Path) -> None:
    root = make_tree(tmp_path / "library", {"k.jpg": "same", "v.jpg": "same", "v.xmp": "notes", "v.aae": ""})
    before = snapshot(root)

    (outcome,) = disposal.dispose("run-1", plan([root], remove(root, "v.jpg", "k.jpg", "v.xmp", "v.aae")))

    assert outcome.status is Status.DONE
    assert sorted(os.listdir(root)) == [QUARANTINE_NAME, "k.jpg"]
    assert len(list(disposal.undo("run-1", paths=[f"{root}/v.jpg"]))) == 3
    assert snapshot(root) == before


def test_undo_does_not_overwrite_what_has_the_name_now(disposal: Disposal, root: str) -> None:
    list(disposal.dispose("run-1", plan([root], remove(root, "b/copy.jpg", "a/keep.jpg"))))
    Path(f"{root}/b/copy.jpg").write_text("new")

    (restored,) = disposal.undo("run-1")

    assert restored.status is Status.UNDONE
    assert restored.path.startswith(f"{root}/b/copy (restored run-1-")
    assert Path(restored.path).read_text() == "same"
    assert Path(f"{root}/b/copy.jpg").read_text() == "new"


def test_purge_takes_only_what_has_a_living_keeper(disposal: Disposal, root: str) -> None:
    list(disposal.dispose("run-1", plan([root], remove(root, "b/copy.jpg", "a/keep.jpg"))))
    os.rename(f"{root}/a/keep.jpg", f"{root}/a/moved.jpg")

    (kept,) = disposal.purge([root], older_than_ns=0)
    assert kept.status is Status.REFUSED
    assert put_aside(root) != []

    (gone,) = disposal.purge([root], older_than_ns=0, elsewhere=lambda _: [f"{root}/a/moved.jpg"])
    assert (gone.status, gone.keeper) == (Status.DONE, f"{root}/a/moved.jpg")
    assert not os.path.lexists(f"{root}/{QUARANTINE_NAME}")
    assert disposal.runs()[0].purged == 1


def test_purge_takes_what_several_runs_put_into_one_quarantine(disposal: Disposal, root: str) -> None:
    for run, name in (("run-1", "b/copy.jpg"), ("run-2", "c.jpg")):
        list(disposal.dispose(run, plan([root], remove(root, name, "a/keep.jpg"))))

    assert [outcome.status for outcome in disposal.purge([root], older_than_ns=0)] == [Status.DONE] * 2
    assert sorted(os.listdir(root)) == ["a", "b"]


def test_a_second_process_is_told_who_holds_the_lock(disposal: Disposal, tmp_path: Path) -> None:
    other = Disposal(str(tmp_path / "state"), FixedClock())

    with disposal.locked(), pytest.raises(LockHeld, match=f"process {os.getpid()} on"):
        other.resume()


def test_an_unknown_run_cannot_be_undone(disposal: Disposal) -> None:
    with pytest.raises(SettingsError, match="no run nonsense"):
        list(disposal.undo("nonsense"))


def test_nothing_is_lost_in_all_of_it(disposal: Disposal, root: str) -> None:
    before = contents(root)

    list(disposal.dispose("run-1", plan([root], remove(root, "b/copy.jpg", "a/keep.jpg"))))

    assert contents(root) == before
