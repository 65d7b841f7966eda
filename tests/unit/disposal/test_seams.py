"""The smallest parts where another program is quicker, or the disk answers what it seldom answers."""

import ctypes
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.disposal.recovery.purge import Purging
from py_image_dedup.disposal.trial import probes
from py_image_dedup.disposal.volume.held import Folder, HeldFile, Holding, Refusal, has_content
from py_image_dedup.disposal.volume.posix import PosixFiles
from py_image_dedup.disposal.ways.copying import part_of, unlink_own, withdraw, write_part
from py_image_dedup.disposal.ways.finding import spot_at
from py_image_dedup.disposal.ways.units import Spot
from py_image_dedup.disposal.ways.verify import Verifier
from py_image_dedup.model.differences import Fault
from py_image_dedup.model.outcomes import Outcome, Status
from py_image_dedup.model.places import QUARANTINE_NAME, own_name
from py_image_dedup.model.plans import PlannedRemoval, Way
from tests.support.libraries import FixedClock, plan, remove, subject
from tests.support.scenarios import NoExclusiveRename
from tests.support.tree import make_tree

TREE = {"k.jpg": "kept", "a.jpg": "first copy", "a.xmp": "its notes", "b/c.jpg": "second copy"}


@pytest.fixture
def root(tmp_path: Path) -> str:
    return make_tree(tmp_path / "library", TREE)


@pytest.fixture
def folder(root: str) -> Iterator[Folder]:
    with Holding(PosixFiles()) as holding:
        yield holding.top(root)


def failing(number: int) -> Callable[..., Any]:
    def call(*arguments: object) -> Any:
        raise OSError(number, os.strerror(number))

    return call


def opened(tmp_path: Path, ops: PosixFiles | None = None, clock: FixedClock | None = None) -> Disposal:
    return Disposal(str(tmp_path / "state"), clock or FixedClock(), ops)


def act(tmp_path: Path, ops: PosixFiles | None, root: str, *removals: PlannedRemoval) -> Outcome:
    (outcome,) = opened(tmp_path, ops).dispose("run-1", plan([root], *removals))
    return outcome


def test_what_is_away_is_told_also_while_the_journal_is_open(tmp_path: Path, root: str) -> None:
    assert opened(tmp_path).away() == set()
    disposal = opened(tmp_path)
    (outcome,) = disposal.dispose("run-1", plan([root], remove(root, "a.jpg", "k.jpg")))
    assert outcome.status is Status.DONE

    with disposal.locked():
        disposal.resume()
        assert [run.away for run in disposal.runs()] == [1]
    assert disposal.away() == {f"{root}/a.jpg"}


def test_a_mount_point_is_not_emptied(tmp_path: Path, root: str) -> None:
    class Mounted(PosixFiles):
        def volume(self, folder: int) -> Any:
            inside = os.readlink(f"/proc/self/fd/{folder}").startswith(f"{root}/b")
            return super().volume(folder)._replace(mount=2 if inside else 1)

    the_plan = plan([root], remove(root, "b/c.jpg", "k.jpg"), remove_empty_folders=True)

    assert opened(tmp_path, Mounted()).rehearse_folders(the_plan) == []


@pytest.mark.parametrize(("number", "answer"), [(errno.ENOENT, False), (errno.ELOOP, False), (errno.EIO, None)])
def test_a_file_that_goes_while_it_is_asked_for_has_no_content(
    folder: Folder, number: int, answer: bool | None
) -> None:
    ops = PosixFiles()
    ops.open_file = failing(number)  # type: ignore[method-assign]

    if answer is None:
        with pytest.raises(OSError, match="Input/output error"):
            has_content(ops, folder, "a.jpg", b"")
    else:
        assert has_content(ops, folder, "a.jpg", b"") is answer


def test_a_folder_that_cannot_be_looked_at_is_no_missing_folder(root: str) -> None:
    ops = PosixFiles()
    ops.open_folder = failing(errno.EIO)  # type: ignore[method-assign]

    with Holding(ops) as holding, pytest.raises(OSError, match="Input/output error"):
        spot_at(holding, root, f"{root}/b/c.jpg")


def test_a_file_that_is_something_else_once_it_is_open_is_refused(root: str) -> None:
    class Swapped(PosixFiles):
        def open_file(self, folder: int, name: str) -> int:
            return os.open(root, os.O_RDONLY)

    ops = Swapped()
    with Holding(ops) as holding, pytest.raises(Refusal, match="no regular file any more"):
        Verifier(ops, FixedClock(), [root]).victim(subject(f"{root}/a.jpg", root), holding)


def test_a_keeper_that_is_too_young_is_read_again_for_each_batch(tmp_path: Path, root: str) -> None:
    verifier = Verifier(PosixFiles(), FixedClock(0), [root])
    with Holding(PosixFiles()) as holding:
        verifier.keeper(subject(f"{root}/k.jpg", root), holding)

    assert verifier._keepers == {}


def test_without_a_keeper_on_record_nothing_is_purged() -> None:
    purging = Purging(None, (), lambda _: (), lambda: False)  # type: ignore[arg-type]
    entry: Any = SimpleNamespace(action=SimpleNamespace(keeper=None))

    with pytest.raises(Refusal, match="no keeper is on record"):
        purging._living_keeper(entry, None, None)  # type: ignore[arg-type]


def test_a_file_that_vanishes_in_the_moment_of_acting_stays_open_and_is_lost_track_of(
    tmp_path: Path, root: str
) -> None:
    class Thief(PosixFiles):
        def rename_no_replace(self, source_folder: int, source: str, folder: int, name: str) -> None:
            super().rename_no_replace(source_folder, source, folder, name)
            if source == "a.jpg":
                self.unlink(folder, name)

    outcome = act(tmp_path, Thief(), root, remove(root, "a.jpg", "k.jpg"))

    assert outcome.status is Status.FAILED
    assert "vanished" in outcome.reason
    (sentence,) = opened(tmp_path).resume()
    assert "another program moved it" in sentence


def test_a_stranger_that_cannot_be_put_back_is_told_with_its_place_and_comes_back_later(
    tmp_path: Path, root: str
) -> None:
    class Swapping(PosixFiles):
        did = False

        def rename_no_replace(self, source_folder: int, source: str, folder: int, name: str) -> None:
            if self.did:
                raise OSError(errno.EIO, "Input/output error")
            if source == "a.jpg":
                self.did = True
                os.rename(f"{root}/a.jpg", f"{root}/elsewhere.jpg")
                Path(root, "a.jpg").write_text("a stranger")
            super().rename_no_replace(source_folder, source, folder, name)

    outcome = act(tmp_path, Swapping(), root, remove(root, "a.jpg", "k.jpg"))

    assert outcome.status is Status.FAILED
    assert "another file was met and is at" in outcome.reason
    opened(tmp_path).resume()
    assert Path(root, "a.jpg").read_text() == "a stranger"
    assert Path(root, "elsewhere.jpg").read_text() == "first copy"


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_the_owner_goes_along_to_another_volume_and_back(tmp_path: Path, root: str, other_volume: str) -> None:
    os.chown(f"{root}/a.jpg", 12345, 54321)
    outcome = act(tmp_path, None, root, remove(root, "a.jpg", "k.jpg", way=Way.TARGET, target_directory=other_volume))

    assert outcome.now_at is not None
    assert (os.stat(outcome.now_at).st_uid, os.stat(outcome.now_at).st_gid) == (12345, 54321)
    list(opened(tmp_path).undo("run-1"))
    assert os.stat(f"{root}/a.jpg").st_uid == 12345


@pytest.mark.parametrize("ops", [PosixFiles(), NoExclusiveRename()], ids=["exclusive", "plain"])
def test_a_copy_is_withdrawn_only_while_its_name_stands_for_it(folder: Folder, root: str, ops: PosixFiles) -> None:
    descriptor = os.open(f"{root}/a.jpg", os.O_RDONLY)
    spot = Spot(folder, "a.jpg")

    assert not withdraw(ops, Spot(folder, "k.jpg"), descriptor, "id")
    assert not unlink_own(ops, Spot(folder, "k.jpg"), descriptor)
    assert withdraw(ops, spot, descriptor, "id")

    os.close(descriptor)
    assert sorted(os.listdir(root)) == ["a.xmp", "b", "k.jpg"]


def test_a_copy_that_is_swapped_while_it_is_withdrawn_goes_back_to_its_name(folder: Folder, root: str) -> None:
    class Swapping(PosixFiles):
        def rename_no_replace(self, source_folder: int, source: str, folder: int, name: str) -> None:
            if source == "a.jpg":
                os.rename(f"{root}/k.jpg", f"{root}/a.jpg")
            super().rename_no_replace(source_folder, source, folder, name)

    descriptor = os.open(f"{root}/a.jpg", os.O_RDONLY)

    assert not withdraw(Swapping(), Spot(folder, "a.jpg"), descriptor, "id")

    os.close(descriptor)
    assert Path(root, "a.jpg").read_text() == "kept"


@pytest.mark.parametrize(("own", "left"), [(True, False), (False, True)])
def test_what_a_failed_call_made_all_the_same_goes_if_the_name_is_ours(
    folder: Folder, root: str, own: bool, left: bool
) -> None:
    class Lying(PosixFiles):
        def create_file(self, folder: int, name: str) -> int:
            os.close(super().create_file(folder, name))
            raise OSError(errno.EIO, "Input/output error")

    ops = Lying()
    part = part_of(folder, "id") if own else Spot(folder, "new.jpg")
    with Holding(ops) as holding:
        one = subject(f"{root}/a.jpg", root)
        there = ops.stat_name(folder.descriptor, "a.jpg")
        assert there is not None
        source = HeldFile(one, folder, "a.jpg", holding.open_file(folder, "a.jpg"), there)
        with pytest.raises(OSError, match="Input/output error"):
            write_part(ops, source, part, None)

    assert os.path.lexists(f"{root}/{part.name}") is left


def test_a_companion_whose_bytes_are_at_the_target_already_is_put_aside(
    tmp_path: Path, root: str, other_volume: str
) -> None:
    there = Path(f"{other_volume}{root}/a.xmp")
    there.parent.mkdir(parents=True)
    there.write_text("its notes")
    planned = remove(root, "a.jpg", "k.jpg", "a.xmp", way=Way.TARGET, target_directory=other_volume)

    assert act(tmp_path, None, root, planned).status is Status.DONE
    assert sorted(os.listdir(there.parent)) == ["a.jpg", "a.xmp"]
    assert {r.status for r in opened(tmp_path).undo("run-1")} == {Status.UNDONE}
    assert Path(root, "a.xmp").read_text() == "its notes"
    assert there.read_text() == "its notes"


def test_a_source_that_was_written_while_it_was_copied_goes_back(tmp_path: Path, root: str, other_volume: str) -> None:
    class Writing(PosixFiles):
        asked = 0

        def is_written_elsewhere(self, descriptor: int) -> bool | None:
            self.asked += 1
            return self.asked > 1  # not at first, but after it was put aside

    planned = remove(root, "a.jpg", "k.jpg", way=Way.TARGET, target_directory=other_volume)
    outcome = act(tmp_path, Writing(), root, planned)

    assert outcome.status is Status.REFUSED
    assert Path(root, "a.jpg").read_text() == "first copy"
    assert not any(files for _, _, files in os.walk(other_volume))


def test_a_copy_that_is_taken_away_leaves_the_source_in_the_quarantine(
    tmp_path: Path, root: str, other_volume: str
) -> None:
    class Taking(PosixFiles):
        def rename_no_replace(self, source_folder: int, source: str, folder: int, name: str) -> None:
            super().rename_no_replace(source_folder, source, folder, name)
            if source == "a.jpg":
                os.unlink(f"{other_volume}{root}/a.jpg")

    planned = remove(root, "a.jpg", "k.jpg", way=Way.TARGET, target_directory=other_volume)
    outcome = act(tmp_path, Taking(), root, planned)

    assert outcome.now_at is not None
    assert f"/{QUARANTINE_NAME}/" in outcome.now_at
    assert Path(outcome.now_at).read_text() == "first copy"


def test_a_folder_that_somebody_made_again_is_left_as_it_is(tmp_path: Path, root: str) -> None:
    the_plan = plan([root], remove(root, "b/c.jpg", "k.jpg"), remove_empty_folders=True)
    outcomes = list(opened(tmp_path).dispose("run-1", the_plan))
    opened(tmp_path).remove_emptied_folders("run-1", the_plan, outcomes)
    os.mkdir(f"{root}/b", 0o711)

    assert {r.status for r in opened(tmp_path).undo("run-1")} == {Status.UNDONE}
    assert os.stat(f"{root}/b").st_mode & 0o777 == 0o711
    assert Path(root, "b/c.jpg").read_text() == "second copy"


@pytest.mark.parametrize(
    "libc",
    [
        SimpleNamespace(),
        SimpleNamespace(inotify_init1=lambda flags: -1),
        SimpleNamespace(inotify_init1=lambda flags: os.open("/dev/null", os.O_RDONLY), inotify_add_watch=lambda *_: -1),
    ],
    ids=["no such call", "no instance left", "no watch left"],
)
def test_a_kernel_that_tells_of_no_changes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, libc: object) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: libc)

    assert not probes._hears(str(tmp_path), lambda: "")


def test_a_link_that_is_swapped_while_undo_takes_it_away_keeps_its_name(tmp_path: Path, root: str) -> None:
    class Swapping(PosixFiles):
        def rename_no_replace(self, source_folder: int, source: str, folder: int, name: str) -> None:
            if source == "a.jpg":
                os.unlink(f"{root}/a.jpg")
                Path(root, "a.jpg").write_text("somebody else's")
            super().rename_no_replace(source_folder, source, folder, name)

    assert act(tmp_path, None, root, remove(root, "a.jpg", "k.jpg", way=Way.SYMLINK)).status is Status.DONE

    (restored,) = opened(tmp_path, Swapping()).undo("run-1")

    assert Path(root, "a.jpg").read_text() == "somebody else's"
    assert Path(restored.path).read_text() == "first copy"


@pytest.mark.parametrize("is_across", [False, True], ids=["one volume", "two volumes"])
def test_where_both_names_are_taken_the_file_stays_put_aside(
    tmp_path: Path, root: str, other_volume: str, is_across: bool
) -> None:
    target = {"way": Way.TARGET, "target_directory": other_volume} if is_across else {}
    outcome = act(tmp_path, None, root, remove(root, "a.jpg", "k.jpg", **target))  # type: ignore[arg-type]
    Path(root, "a.jpg").write_text("taken")
    for number in range(1, 20):
        Path(root, f"a (restored run-1-{number:06}).jpg").write_text("taken")

    (restored,) = opened(tmp_path).undo("run-1")

    assert restored.status is Status.REFUSED
    assert "is taken, and so is" in restored.reason
    assert outcome.now_at is not None
    assert Path(outcome.now_at).read_text() == "first copy"
    assert opened(tmp_path).unfinished() == 0


def test_a_keeper_whose_folder_is_gone_is_named_by_check(tmp_path: Path, root: str) -> None:
    act(tmp_path, None, root, remove(root, "a.jpg", "b/c.jpg"))
    os.unlink(f"{root}/b/c.jpg")
    os.rmdir(f"{root}/b")
    own = next(Path(root, QUARANTINE_NAME, "run-1").glob("*.jsonl")).with_name(own_name("run-1-000001", "probe"))
    own.write_text("")

    assert [d.fault for d in opened(tmp_path).check([root])] == [Fault.KEEPER_GONE]


def test_a_part_without_attributes_is_written_once(folder: Folder, root: str) -> None:
    ops, part = PosixFiles(), part_of(folder, "id")
    there = ops.stat_name(folder.descriptor, "a.jpg")
    assert there is not None
    with Holding(ops) as holding:
        one = subject(f"{root}/a.jpg", root)
        source = HeldFile(one, folder, "a.jpg", holding.open_file(folder, "a.jpg"), there)
        holding.keep(write_part(ops, source, part, None))
        with pytest.raises(FileExistsError):
            write_part(ops, source, part, None)

    assert Path(root, part.name).read_text() == "first copy"


def test_a_stop_is_heard_before_each_link(tmp_path: Path, root: str) -> None:
    asked = iter([False, True])
    removals = [remove(root, name, "k.jpg", way=Way.SYMLINK) for name in ("a.jpg", "b/c.jpg")]

    outcomes = list(opened(tmp_path).dispose("run-1", plan([root], *removals), lambda: next(asked, True)))

    assert outcomes == []
    assert not os.path.islink(f"{root}/a.jpg")


def test_an_error_while_a_link_is_read_is_no_answer(tmp_path: Path, root: str) -> None:
    act(tmp_path, None, root, remove(root, "a.jpg", "k.jpg", way=Way.SYMLINK))
    ops = PosixFiles()
    ops.read_link = failing(errno.EIO)  # type: ignore[method-assign]

    (restored,) = opened(tmp_path, ops).undo("run-1")

    assert restored.status is Status.FAILED
    assert os.path.islink(f"{root}/a.jpg")


def test_a_record_beside_a_stranger_stays_for_a_person_to_look_at(tmp_path: Path, root: str) -> None:
    act(tmp_path, None, root, remove(root, "a.jpg", "k.jpg"))
    shelf = Path(root, QUARANTINE_NAME, "run-1")
    (shelf / "stranger.jpg").write_text("whose is it?")
    record = next(shelf.glob("*.jsonl"))
    record.write_text("{")
    Path(shelf, "run-1-000009.jpg").write_text("not what it was")
    disposal = opened(tmp_path)

    disposal.repair([root], disposal.check([root]))

    assert record.exists()
    assert {d.fault for d in disposal.check([root])} == {Fault.STRANGE_FILE, Fault.RECORD_UNREADABLE}
