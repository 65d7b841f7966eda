"""A start after a kill finds what neither the kill nor the plan explains: second names, swaps, lost folders."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.disposal.volume.fsops import Volume
from py_image_dedup.disposal.volume.held import Holding
from py_image_dedup.disposal.volume.posix import PosixFiles
from py_image_dedup.disposal.ways import trash
from py_image_dedup.model.differences import Fault
from py_image_dedup.model.outcomes import Outcome, Status
from py_image_dedup.model.places import QUARANTINE_NAME, own_name
from py_image_dedup.model.plans import PlannedRemoval, Way
from tests.support.libraries import FixedClock, leftovers, plan, put_aside, remove
from tests.support.meddling import Killed, Meddling, killed
from tests.support.scenarios import NoExclusiveRename
from tests.support.tree import make_tree

TREE = {"k.jpg": "kept", "a.jpg": "first copy", "b/c.jpg": "second copy", "b/c.xmp": "notes"}


@pytest.fixture
def root(tmp_path: Path) -> str:
    return make_tree(tmp_path / "library", TREE)


def opened(tmp_path: Path, ops: PosixFiles | None = None) -> Disposal:
    return Disposal(str(tmp_path / "state"), FixedClock(), ops)


def interrupted(tmp_path: Path, ops: PosixFiles, root: str, *removals: PlannedRemoval) -> None:
    with pytest.raises(Killed):
        list(opened(tmp_path, ops).dispose("run-1", plan([root], *removals)))


def acted(tmp_path: Path, root: str, *removals: PlannedRemoval) -> list[Outcome]:
    return list(opened(tmp_path).dispose("run-1", plan([root], *removals)))


def before_the_rename(tmp_path: Path, root: str, name: str = "a.jpg") -> str:
    """Killed before a file was renamed; the place on the shelf it was to get."""
    path = next(path for path in TREE if path.endswith(name))
    interrupted(
        tmp_path,
        Meddling("rename_no_replace", killed, name=name),
        root,
        remove(root, path, "k.jpg", way=Way.QUARANTINE),
    )
    (record,) = Path(root, QUARANTINE_NAME, "run-1").glob("*.jsonl")
    return str(record).replace(".jsonl", ".jpg")


@pytest.mark.parametrize("ops", [PosixFiles(), NoExclusiveRename()], ids=["exclusive", "plain"])
def test_of_two_names_of_one_file_the_old_one_goes(tmp_path: Path, root: str, ops: PosixFiles) -> None:
    """What a weak disk may leave of a rename: the new name is there, and the old one is not yet lost."""
    shelf = before_the_rename(tmp_path, root)
    os.link(f"{root}/a.jpg", shelf)

    opened(tmp_path, ops).resume()

    assert not os.path.lexists(f"{root}/a.jpg")
    assert put_aside(root) == [shelf]
    assert opened(tmp_path).runs()[0].away == 1


def test_of_two_names_the_old_one_stays_if_it_is_swapped_where_no_rename_is_exclusive(
    tmp_path: Path, root: str
) -> None:
    class Swapping(NoExclusiveRename):
        def rename_no_replace(self, source_folder: int, source: str, folder: int, name: str) -> None:
            os.rename(f"{root}/a.jpg", f"{root}/elsewhere.jpg")
            Path(root, "a.jpg").write_text("a stranger")
            super().rename_no_replace(source_folder, source, folder, name)

    shelf = before_the_rename(tmp_path, root)
    os.link(f"{root}/a.jpg", shelf)

    opened(tmp_path, Swapping()).resume()

    assert Path(root, "a.jpg").read_text() == "a stranger"
    assert Path(root, "elsewhere.jpg").read_text() == "first copy"
    assert opened(tmp_path).unfinished() == 0


@pytest.mark.parametrize("has_home", [True, False])
def test_a_stranger_that_was_met_on_the_way_out_goes_back_if_there_is_a_way_back(
    tmp_path: Path, root: str, has_home: bool
) -> None:
    shelf = before_the_rename(tmp_path, root, "c.jpg")
    again = Path(shelf).with_name(own_name(Path(shelf).stem, "again"))
    os.rename(f"{root}/b/c.jpg", shelf)
    again.write_text("a stranger")
    if not has_home:
        shutil.rmtree(f"{root}/b")

    opened(tmp_path).resume()

    assert Path(shelf).read_text() == "second copy"
    assert (Path(f"{root}/b/c.jpg") if has_home else again).read_text() == "a stranger"


def across(root: str, other_volume: str, *companions: str) -> PlannedRemoval:
    return remove(root, "b/c.jpg", "k.jpg", *companions, way=Way.TARGET, target_directory=other_volume)


def test_a_source_that_is_swapped_while_its_move_is_finished_goes_back(
    tmp_path: Path, root: str, other_volume: str
) -> None:
    def swap() -> None:
        os.rename(f"{root}/b/c.jpg", f"{root}/elsewhere.jpg")
        Path(root, "b/c.jpg").write_text("a stranger")

    interrupted(tmp_path, Meddling("rename_no_replace", killed, name="c.jpg", at=2), root, across(root, other_volume))

    (sentence,) = opened(tmp_path, Meddling("rename_no_replace", swap, name="c.jpg")).resume()

    assert "it is back as c.jpg" in sentence
    assert Path(root, "b/c.jpg").read_text() == "a stranger"
    assert Path(root, "elsewhere.jpg").read_text() == "first copy".replace("first", "second")
    assert opened(tmp_path).unfinished() == 0


def test_a_companion_that_is_at_the_target_already_is_put_aside_when_the_move_is_finished(
    tmp_path: Path, root: str, other_volume: str
) -> None:
    there = Path(f"{other_volume}{root}/b/c.xmp")
    there.parent.mkdir(parents=True)
    there.write_text("notes")
    ops = Meddling("rename_no_replace", killed, name="c.jpg", at=2)
    interrupted(tmp_path, ops, root, across(root, other_volume, "b/c.xmp"))

    opened(tmp_path).resume()

    assert sorted(os.listdir(there.parent)) == ["c.jpg", "c.xmp"]
    assert [Path(path).read_text() for path in put_aside(root)] == ["notes"]
    assert {r.status for r in opened(tmp_path).undo("run-1")} == {Status.UNDONE}
    assert sorted(os.listdir(f"{root}/b")) == ["c.jpg", "c.xmp"]


def interrupted_undo(tmp_path: Path, call: str, *, name: str | None = None, at: int = 1, after: bool = False) -> None:
    with pytest.raises(Killed):
        list(opened(tmp_path, Meddling(call, killed, name=name, at=at, after=after)).undo("run-1"))


def test_an_undo_whose_folder_is_gone_leaves_the_file_put_aside(tmp_path: Path, root: str) -> None:
    acted(tmp_path, root, remove(root, "b/c.jpg", "k.jpg"))
    interrupted_undo(tmp_path, "rename_no_replace")
    shutil.rmtree(f"{root}/b")

    opened(tmp_path).resume()

    assert opened(tmp_path).runs()[0].away == 1
    assert [r.status for r in opened(tmp_path).undo("run-1")] == [Status.UNDONE]
    assert Path(root, "b/c.jpg").read_text() == "second copy"


def test_an_undo_that_was_done_is_known_though_the_shelf_is_gone(tmp_path: Path, root: str) -> None:
    acted(tmp_path, root, remove(root, "b/c.jpg", "k.jpg"))
    interrupted_undo(tmp_path, "rename_no_replace", after=True)
    shutil.rmtree(f"{root}/{QUARANTINE_NAME}/run-1")

    opened(tmp_path).resume()

    assert (opened(tmp_path).unfinished(), opened(tmp_path).runs()[0].undone) == (0, 1)
    assert Path(root, "b/c.jpg").read_text() == "second copy"


def test_a_copy_that_was_being_withdrawn_gets_its_name_again_if_the_file_did_not_come_home(
    tmp_path: Path, root: str, other_volume: str
) -> None:
    acted(tmp_path, root, across(root, other_volume))
    interrupted_undo(tmp_path, "unlink")  # home again, and the copy on its way out under a name of ours
    assert leftovers(other_volume) != []
    os.unlink(f"{root}/b/c.jpg")

    opened(tmp_path).resume()

    assert Path(f"{other_volume}{root}/b/c.jpg").read_text() == "second copy"
    assert leftovers(other_volume) == []
    assert opened(tmp_path).runs()[0].away == 1


def test_a_file_that_is_gone_with_another_in_its_place_is_said_so(tmp_path: Path, root: str) -> None:
    before_the_rename(tmp_path, root)
    Path(root, "a.jpg").write_text("edited since")

    (sentence,) = opened(tmp_path).resume()

    assert "another file has its name now" in sentence
    assert Path(root, "a.jpg").read_text() == "edited since"


@pytest.mark.parametrize("has_home", [True, False])
def test_a_stranger_in_the_place_of_a_copy_that_was_to_become_a_link_goes_back(
    tmp_path: Path, root: str, has_home: bool
) -> None:
    def swap_and_die() -> None:
        Path(put_aside(root)[0]).write_text("a stranger, a longer one")
        raise Killed

    ops = Meddling("rename_no_replace", swap_and_die, name="c.jpg", after=True)
    interrupted(tmp_path, ops, root, remove(root, "b/c.jpg", "k.jpg", way=Way.SYMLINK))
    if not has_home:
        shutil.rmtree(f"{root}/b")

    (sentence,) = opened(tmp_path).resume()

    if has_home:
        assert "it is back as c.jpg" in sentence
        assert Path(root, "b/c.jpg").read_text() == "a stranger, a longer one"
        assert leftovers(root) == []
    else:
        assert "it stays put aside" in sentence
        assert len(put_aside(root)) == 1
    assert opened(tmp_path).unfinished() == 0


def test_records_and_folders_that_somebody_took_away_hold_nothing_up(tmp_path: Path, root: str) -> None:
    acted(tmp_path, root, remove(root, "a.jpg", "k.jpg"))
    shutil.rmtree(f"{root}/{QUARANTINE_NAME}")
    disposal = opened(tmp_path)
    disposal.repair([root], disposal.check([root]))
    assert disposal.runs()[0].lost_track == 1

    assert list(disposal.undo("run-1")) == []
    assert QUARANTINE_NAME not in os.listdir(root)


def test_the_top_of_a_volume_without_mounts_above_is_the_root_of_all(tmp_path: Path) -> None:
    class OneVolume(PosixFiles):
        def volume(self, folder: int) -> Volume:
            return Volume(1, 1)

    with Holding(OneVolume()) as holding:
        assert trash._top_of_volume(holding, holding.top(str(tmp_path))).path == "/"


def test_a_trash_that_cannot_be_looked_at_keeps_the_copy(tmp_path: Path, root: str) -> None:
    class Unreadable(PosixFiles):
        def open_top(self, path: str) -> int:
            if path.endswith("/Trash"):
                raise OSError(errno.EACCES, "Permission denied")
            return super().open_top(path)

    disposal = Disposal(str(tmp_path / "state"), FixedClock(), Unreadable(), trash_directory=str(tmp_path / "Trash"))
    (outcome,) = disposal.dispose("run-1", plan([root], remove(root, "a.jpg", "k.jpg", way=Way.TRASH)))

    assert outcome.status is Status.FAILED
    assert "Permission denied" in outcome.reason
    assert os.path.lexists(f"{root}/a.jpg")


def test_a_record_of_a_trash_that_is_gone_already_is_no_trouble_and_one_that_cannot_go_is(
    tmp_path: Path, root: str
) -> None:
    def disposal(ops: PosixFiles | None = None) -> Disposal:
        return Disposal(str(tmp_path / "state"), FixedClock(), ops, trash_directory=str(tmp_path / "Trash"))

    removals = [remove(root, name, "k.jpg", way=Way.TRASH) for name in ("a.jpg", "b/c.jpg")]
    list(disposal().dispose("run-1", plan([root], *removals)))
    shutil.rmtree(tmp_path / "Trash/info")

    (second, first) = disposal().undo("run-1")

    assert (second.status, first.status) == (Status.UNDONE, Status.UNDONE)


@pytest.mark.parametrize("changed", [True, False])
def test_a_journal_made_anew_claims_only_what_is_put_aside_as_the_record_says(
    tmp_path: Path, root: str, changed: bool
) -> None:
    (outcome,) = acted(tmp_path, root, remove(root, "a.jpg", "k.jpg"))
    assert outcome.now_at is not None
    if changed:
        Path(outcome.now_at).write_text("something else")
    fresh = Disposal(str(tmp_path / "another state"), FixedClock())

    fresh.adopt([root])

    assert fresh.runs()[0].away == (0 if changed else 1)


def test_records_of_folders_alone_are_adopted(tmp_path: Path, root: str) -> None:
    the_plan = plan([root], remove(root, "b/c.jpg", "k.jpg", "b/c.xmp"), remove_empty_folders=True)
    outcomes = list(opened(tmp_path).dispose("run-1", the_plan))
    opened(tmp_path).remove_emptied_folders("run-1", the_plan, outcomes)
    of_folders = [p for p in Path(root, QUARANTINE_NAME, "run-1").glob("*.jsonl") if '"kind":"folder"' in p.read_text()]
    for path in Path(root, QUARANTINE_NAME, "run-1").iterdir():
        if path not in of_folders:
            path.unlink()
    fresh = Disposal(str(tmp_path / "another state"), FixedClock())

    assert fresh.adopt([root]) == ["Run run-1: 1 of 1 records were not in the journal."]
    assert fresh.runs()[0].folders_removed == 1


def damaged_shelf(tmp_path: Path, root: str) -> tuple[Path, Path]:
    (outcome,) = acted(tmp_path, root, remove(root, "a.jpg", "k.jpg"))
    assert outcome.now_at is not None
    return Path(outcome.now_at), next(Path(outcome.now_at).parent.glob("*.jsonl"))


def test_an_unreadable_record_beside_a_sound_one_goes_and_nothing_is_written_anew(tmp_path: Path, root: str) -> None:
    _, record = damaged_shelf(tmp_path, root)
    broken = record.with_name("broken.jsonl")
    broken.write_text("{")
    disposal = opened(tmp_path)

    said = disposal.repair([root], disposal.check([root]))

    assert [sentence for sentence in said if "0 records were written anew" in sentence] != []
    assert (record.exists(), broken.exists()) == (True, False)


def test_a_missing_record_is_written_anew_though_another_shelf_is_sound(tmp_path: Path, root: str) -> None:
    _, record = damaged_shelf(tmp_path, root)
    list(opened(tmp_path).dispose("run-2", plan([root], remove(root, "b/c.jpg", "k.jpg"))))
    record.unlink()
    disposal = opened(tmp_path)

    said = disposal.repair([root], disposal.check([root]))

    assert [sentence for sentence in said if "1 records were written anew" in sentence] != []
    assert disposal.check([root]) == []


def test_a_file_the_journal_gave_up_is_not_claimed_with_other_bytes(tmp_path: Path, root: str) -> None:
    at, _ = damaged_shelf(tmp_path, root)
    disposal = opened(tmp_path)
    content = at.read_bytes()
    at.unlink()
    disposal.repair([root], disposal.check([root]))
    at.write_bytes(b"X" * len(content))

    found = disposal.check([root])
    disposal.repair([root], found)

    assert Fault.MISSING not in {d.fault for d in found}
    assert disposal.runs()[0].lost_track == 1
