"""Whatever of the disk no longer agrees with the plan is refused with its reason, and nothing is touched."""

import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.disposal.volume.posix import PosixFiles
from py_image_dedup.model.errors import SettingsError
from py_image_dedup.model.outcomes import Outcome, Status
from py_image_dedup.model.places import QUARANTINE_NAME
from py_image_dedup.model.plans import PlannedRemoval, Way
from tests.support.libraries import FixedClock, plan, put_aside, removal, remove, snapshot, subject
from tests.support.scenarios import NoLinksEither
from tests.support.tree import make_tree


@pytest.fixture
def root(tmp_path: Path) -> str:
    return make_tree(tmp_path / "library", {"a/keep.jpg": "kept", "b/copy.jpg": "copy", "b/copy.xmp": "notes"})


@pytest.fixture
def disposal(tmp_path: Path) -> Disposal:
    return Disposal(str(tmp_path / "state"), FixedClock())


def only(disposal: Disposal, roots: list[str], *removals: PlannedRemoval) -> Outcome:
    (outcome,) = disposal.dispose("run-1", plan(roots, *removals))
    return outcome


def edit_in_secret(path: str) -> None:
    """Other content, but size and time as before."""
    before = os.stat(path)
    content = bytearray(Path(path).read_bytes())
    content[0] ^= 1
    Path(path).write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def become_link(path: str) -> None:
    os.rename(path, path + ".real")
    os.symlink(path + ".real", path)


def parent_becomes_link(path: str) -> None:
    folder = os.path.dirname(path)
    os.rename(folder, folder + ".real")
    os.symlink(folder + ".real", folder)


def parent_becomes_file(path: str) -> None:
    os.rename(os.path.dirname(path), os.path.dirname(path) + ".real")
    Path(os.path.dirname(path)).write_text("")


def become_pipe(path: str) -> None:
    os.unlink(path)
    os.mkfifo(path)


CHANGES: list[tuple[Callable[[str], object], str]] = [
    (os.unlink, "not there any more"),
    (lambda path: Path(path).write_text(""), "it is empty"),
    (lambda path: Path(path).write_text("longer than before"), "has changed since it was analysed"),
    (lambda path: os.utime(path, ns=(1, 1)), "has changed since it was analysed"),
    (edit_in_secret, "its content has changed"),
    (become_link, "no regular file"),
    (become_pipe, "no regular file"),
    (parent_becomes_link, "symbolic link|something else"),
    (parent_becomes_file, "something else"),
]


@pytest.mark.parametrize(("change", "reason"), CHANGES)
@pytest.mark.parametrize("which", ["a/keep.jpg", "b/copy.jpg"])
def test_a_keeper_or_victim_that_changed_refuses_the_removal(
    disposal: Disposal, root: str, which: str, change: Callable[[str], object], reason: str
) -> None:
    planned = remove(root, "b/copy.jpg", "a/keep.jpg")
    change(f"{root}/{which}")
    before = snapshot(root)

    outcome = only(disposal, [root], planned)

    assert outcome.status is Status.REFUSED
    assert any(text in outcome.reason for text in reason.split("|"))
    assert ("the file to keep" in outcome.reason) is (which == "a/keep.jpg")
    assert {path: kept.content for path, kept in snapshot(root).items()} == {p: k.content for p, k in before.items()}
    assert disposal.runs()[0].not_done == 1


def test_a_companion_that_changed_keeps_the_victim_too(disposal: Disposal, root: str) -> None:
    planned = remove(root, "b/copy.jpg", "a/keep.jpg", "b/copy.xmp")
    Path(root, "b/copy.xmp").write_text("other notes")

    outcome = only(disposal, [root], planned)

    assert outcome.reason == f"{root}/b/copy.xmp, which belongs to it: it has changed since it was analysed"
    assert sorted(os.listdir(f"{root}/b")) == ["copy.jpg", "copy.xmp"]


def test_a_file_that_is_being_written_stays(disposal: Disposal, root: str) -> None:
    planned = remove(root, "b/copy.jpg", "a/keep.jpg")
    with open(f"{root}/b/copy.jpg", "r+b"):
        outcome = only(disposal, [root], planned)

    assert outcome.reason == "another program has it open for writing"


def test_a_hard_link_of_the_keeper_is_no_copy_of_it(disposal: Disposal, root: str) -> None:
    os.link(f"{root}/a/keep.jpg", f"{root}/b/same.jpg")
    planned = remove(root, "b/same.jpg", "a/keep.jpg")
    other = replace(planned.victim, file=replace(planned.victim.file, inode=1))

    for one in (planned, replace(planned, victim=other)):  # with the identity known, and with the disk's own word
        assert only(disposal, [root], one).status is Status.REFUSED
    assert os.path.lexists(f"{root}/b/same.jpg")


def test_a_file_outside_the_roots_is_never_touched(disposal: Disposal, root: str) -> None:
    planned = remove(root, "b/copy.jpg", "a/keep.jpg")

    outcome = only(disposal, [f"{root}/a"], planned)

    assert outcome.reason == "it lies outside the folders that were searched"


def test_a_plan_that_contradicts_itself_is_refused_where_it_does(disposal: Disposal, root: str) -> None:
    make_tree(root, {"c.jpg": "third", "d.jpg": "fourth"})
    chain = [remove(root, "b/copy.jpg", "a/keep.jpg"), remove(root, "c.jpg", "b/copy.jpg")]
    twice = [remove(root, "d.jpg", "a/keep.jpg"), remove(root, "d.jpg", "a/keep.jpg")]

    outcomes = list(disposal.dispose("run-1", plan([root], *chain, *twice)))

    assert [outcome.status for outcome in outcomes] == [Status.DONE, Status.REFUSED, Status.DONE, Status.REFUSED]
    assert "the very file that it is to be kept for" in outcomes[1].reason
    assert "twice" in outcomes[3].reason


@pytest.mark.parametrize("target", [None, "relative/copy.jpg"])
def test_a_move_without_an_absolute_target_is_refused(disposal: Disposal, root: str, target: str | None) -> None:
    planned = replace(remove(root, "b/copy.jpg", "a/keep.jpg", way=Way.TARGET), target=target)

    assert "no absolute target" in only(disposal, [root], planned).reason


def test_a_target_directory_that_is_not_there_is_not_made(disposal: Disposal, root: str, tmp_path: Path) -> None:
    planned = remove(root, "b/copy.jpg", "a/keep.jpg", way=Way.TARGET, target_directory=str(tmp_path / "unmounted"))

    assert "target directory" in only(disposal, [root], planned).reason
    assert not os.path.lexists(tmp_path / "unmounted")


def test_a_target_that_does_not_repeat_the_tree_lies_in_its_own_folder(
    disposal: Disposal, root: str, tmp_path: Path
) -> None:
    (tmp_path / "flat").mkdir()
    planned = replace(remove(root, "b/copy.jpg", "a/keep.jpg", way=Way.TARGET), target=f"{tmp_path}/flat/x.jpg")

    assert only(disposal, [root], planned).now_at == f"{tmp_path}/flat/x.jpg"


def test_a_file_in_the_way_of_a_target_folder_is_refused(disposal: Disposal, root: str, tmp_path: Path) -> None:
    make_tree(tmp_path / "target", {root.split("/")[1]: "a file"})
    planned = remove(root, "b/copy.jpg", "a/keep.jpg", way=Way.TARGET, target_directory=str(tmp_path / "target"))

    assert "is in the way" in only(disposal, [root], planned).reason


def test_folders_go_after_a_removal_that_was_refused_late(disposal: Disposal, root: str, tmp_path: Path) -> None:
    target = str(tmp_path / "target")
    make_tree(tmp_path / f"target{root}", {"c.jpg": "somebody's"})
    make_tree(root, {"c.jpg": "third"})
    removals = [remove(root, n, "a/keep.jpg", way=Way.TARGET, target_directory=target) for n in ("b/copy.jpg", "c.jpg")]
    os.unlink(f"{root}/b/copy.xmp")
    the_plan = plan([root], *removals, remove_empty_folders=True)

    outcomes = list(disposal.dispose("run-1", the_plan))
    folders = disposal.remove_emptied_folders("run-1", the_plan, outcomes)

    assert [outcome.status for outcome in outcomes] == [Status.DONE, Status.REFUSED]
    assert [(folder.path, folder.status) for folder in folders] == [(f"{root}/b", Status.DONE)]


def test_a_volume_from_which_nothing_could_come_back_safely_is_refused(tmp_path: Path, root: str) -> None:
    disposal = Disposal(str(tmp_path / "state"), FixedClock(), NoLinksEither())
    before = snapshot(root)

    outcome = only(disposal, [root], remove(root, "b/copy.jpg", "a/keep.jpg"))

    assert outcome.status is Status.FAILED
    assert "neither rename without replacing nor make hard links" in outcome.reason
    assert put_aside(root) == []
    assert {p: k.content for p, k in snapshot(root).items()} == {p: k.content for p, k in before.items()}


@pytest.mark.parametrize("run_id", ["", "a/b", "..", "-x", "x" * 65, "a b", "\n"])
def test_a_run_needs_a_name_that_is_a_plain_file_name(disposal: Disposal, root: str, run_id: str) -> None:
    with pytest.raises(SettingsError, match="cannot name a run"):
        list(disposal.dispose(run_id, plan([root])))


def test_a_stop_before_or_within_a_batch_leaves_the_rest_alone(disposal: Disposal, tmp_path: Path) -> None:
    tree = {"k.jpg": "k"} | {f"{n:03}.jpg": f"content {n}" for n in range(150)}
    root = make_tree(tmp_path / "many", tree)
    the_plan = plan([root], *(remove(root, f"{n:03}.jpg", "k.jpg") for n in range(150)))
    asked = iter(range(10_000))

    outcomes = list(disposal.dispose("run-1", the_plan, lambda: next(asked) >= 100))

    assert 64 < len(outcomes) < 150
    assert {outcome.status for outcome in outcomes} == {Status.DONE}
    assert len(put_aside(root)) == len(outcomes)
    assert disposal.unfinished() == 0
    assert list(disposal.dispose("run-2", the_plan, lambda: True)) == []


def test_a_victim_whose_folder_is_a_mount_of_its_own_goes_to_a_quarantine_there(tmp_path: Path, root: str) -> None:
    """In a private mount namespace: needs root, as CI containers have; elsewhere the fake volumes stand for it."""

    class TwoVolumes(PosixFiles):
        def volume(self, folder: int):  # type: ignore[no-untyped-def]
            path = os.readlink(f"/proc/self/fd/{folder}")
            return super().volume(folder)._replace(mount=2 if path.startswith(f"{root}/b") else 1)

    disposal = Disposal(str(tmp_path / "state"), FixedClock(), TwoVolumes())

    outcome = only(disposal, [root], remove(root, "b/copy.jpg", "a/keep.jpg"))

    assert outcome.now_at is not None
    assert outcome.now_at.startswith(f"{root}/b/{QUARANTINE_NAME}/")
    assert disposal.rehearse_folders(plan([root], remove_empty_folders=True)) == []


def test_keepers_are_hashed_once_a_run_and_again_after_a_change(tmp_path: Path) -> None:
    tree = {"k.jpg": "kept"} | {f"{n}.jpg": f"content {n}" for n in range(70)}
    root = make_tree(tmp_path / "library", tree)
    reads: list[str] = []

    class Counting(PosixFiles):
        def read(self, descriptor: int, size: int, offset: int) -> bytes:
            if offset == 0:
                reads.append(os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}")))
            return super().read(descriptor, size, offset)

    disposal = Disposal(str(tmp_path / "state"), FixedClock(), Counting())
    the_plan = plan([root], *(remove(root, f"{n}.jpg", "k.jpg") for n in range(70)))
    outcomes = []
    for outcome in disposal.dispose("run-1", the_plan):
        outcomes.append(outcome.status)
        if len(outcomes) == 64:
            edit_in_secret(f"{root}/k.jpg")

    assert reads.count("k.jpg") == 7  # once, and once for each removal of the batch after the change
    assert outcomes == [Status.DONE] * 64 + [Status.REFUSED] * 6


def test_a_removal_of_two_subjects_with_one_path_is_refused(disposal: Disposal, root: str) -> None:
    one = subject(f"{root}/a/keep.jpg", root)

    assert only(disposal, [root], removal(one, one)).status is Status.REFUSED


def test_strace_is_there_for_the_slow_proofs() -> None:
    assert subprocess.run(["strace", "-V"], capture_output=True, check=False).returncode == 0
