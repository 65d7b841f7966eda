"""The journal made anew from the records beside the quarantined files."""

import os
import shutil
from pathlib import Path

import pytest

from py_image_dedup.disposal.books.journal import JournalDamaged, JournalUnusable
from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.model.errors import SettingsError
from py_image_dedup.model.outcomes import Status
from py_image_dedup.model.places import QUARANTINE_NAME
from py_image_dedup.model.plans import Way
from tests.support.libraries import FixedClock, plan, put_aside, remove, snapshot
from tests.support.tree import make_tree

OLD_NS = 1_500_000_000_123_456_789


@pytest.fixture
def library(tmp_path: Path) -> str:
    tree = {"keep.jpg": "1", "x/y/a.jpg": "2", "x/y/a.xmp": "3", "x/b.jpg": "4", os.fsdecode(b"c\xe9.jpg"): "5"}
    root = make_tree(tmp_path / "library", tree, mtime_ns=OLD_NS)
    for folder in ("x/y", "x", ""):
        os.utime(f"{root}/{folder}", ns=(OLD_NS, OLD_NS))
    return root


def removed(state: str, root: str, way: Way = Way.QUARANTINE, target: str = "") -> None:
    disposal = Disposal(state, FixedClock())
    the_plan = plan(
        [root],
        remove(root, "x/y/a.jpg", "keep.jpg", "x/y/a.xmp", way=way, target_directory=target),
        remove(root, "x/b.jpg", "keep.jpg", way=way, target_directory=target),
        remove(root, os.fsdecode(b"c\xe9.jpg"), "keep.jpg", way=way, target_directory=target),
    )
    outcomes = list(disposal.dispose("run-1", the_plan))
    assert {outcome.status for outcome in outcomes} == {Status.DONE}
    disposal.remove_emptied_folders("run-1", the_plan, outcomes)


def test_with_the_journal_gone_everything_comes_back_from_the_records_alone(tmp_path: Path, library: str) -> None:
    before = snapshot(library)
    removed(str(tmp_path / "state"), library)
    fresh = Disposal(str(tmp_path / "another state"), FixedClock())
    with pytest.raises(SettingsError, match=r"no run run-1.*check --repair FOLDER"):
        list(fresh.undo("run-1"))

    said = fresh.adopt([library])

    assert said == ["Run run-1: 6 of 6 records were not in the journal."]
    assert fresh.runs()[0].away == 4
    assert {outcome.status for outcome in fresh.undo("run-1")} == {Status.UNDONE}
    assert snapshot(library).keys() == before.keys()
    changed = {path for path, kept in snapshot(library).items() if kept != before[path]}
    assert changed <= {library}  # when the quarantine was made in it is in the journal only
    assert QUARANTINE_NAME not in os.listdir(library)


def test_a_library_at_a_new_path_gets_its_files_back_there(tmp_path: Path, library: str) -> None:
    before = snapshot(library)
    removed(str(tmp_path / "state"), library)
    moved = os.path.join(tmp_path, "moved")
    os.rename(library, moved)
    fresh = Disposal(str(tmp_path / "another state"), FixedClock())

    assert fresh.adopt([moved]) == ["Run run-1: 6 of 6 records were not in the journal."]
    assert {outcome.status for outcome in fresh.undo("run-1")} == {Status.UNDONE}
    assert {path.replace(moved, library) for path in snapshot(moved)} == before.keys()
    assert QUARANTINE_NAME not in os.listdir(moved)


def test_a_library_whose_old_path_is_a_file_now_gets_its_files_back_where_it_lies(tmp_path: Path, library: str) -> None:
    removed(str(tmp_path / "state"), library)
    moved = os.path.join(tmp_path, "moved")
    os.rename(library, moved)
    Path(library).write_text("no folder any more")
    fresh = Disposal(str(tmp_path / "another state"), FixedClock())
    fresh.adopt([moved])

    assert {outcome.status for outcome in fresh.undo("run-1")} == {Status.UNDONE}
    assert Path(moved, "x/y/a.jpg").read_text() == "2"


def test_of_two_copies_of_a_library_the_one_that_the_records_name_is_meant(tmp_path: Path, library: str) -> None:
    removed(str(tmp_path / "state"), library)
    copy = os.path.join(tmp_path, "copy")
    shutil.copytree(library, copy)
    fresh = Disposal(str(tmp_path / "another state"), FixedClock())
    fresh.adopt([copy])

    list(fresh.undo("run-1"))

    assert Path(library, "x/y/a.jpg").read_text() == "2"
    assert not Path(copy, "x/y/a.jpg").exists()


def test_records_of_files_elsewhere_keep_their_paths(tmp_path: Path, library: str) -> None:
    """Moved library, files in a target folder that stayed where it was."""
    target = str(tmp_path / "target")
    os.mkdir(target)
    removed(str(tmp_path / "state"), library, Way.TARGET, target)
    moved = os.path.join(tmp_path, "moved")
    os.rename(library, moved)
    fresh = Disposal(str(tmp_path / "another state"), FixedClock())
    fresh.adopt([moved])

    list(fresh.undo("run-1"))

    assert Path(moved, "x/y/a.jpg").read_text() == "2"


def test_what_was_moved_to_a_target_comes_back_from_the_records_too(tmp_path: Path, library: str) -> None:
    target = str(tmp_path / "target")
    os.mkdir(target)
    removed(str(tmp_path / "state"), library, Way.TARGET, target)
    fresh = Disposal(str(tmp_path / "another state"), FixedClock())
    fresh.adopt([library])

    list(fresh.undo("run-1"))

    assert Path(library, "x/y/a.jpg").read_text() == "2"
    assert put_aside(library) == []


def test_a_damaged_journal_is_set_aside_and_replaced(tmp_path: Path, library: str) -> None:
    state = tmp_path / "state"
    removed(str(state), library)
    (state / "journal.sqlite").write_bytes(b"not a journal" * 1000)
    disposal = Disposal(str(state), FixedClock())
    with pytest.raises(JournalDamaged, match=r"can be brought back from the records.*check --repair FOLDER"):
        disposal.resume()
    with disposal.locked():
        pass  # what needs no journal goes on

    said = disposal.adopt([library])

    assert said[0].startswith("The damaged journal is now")
    assert list(state.glob("journal.sqlite.damaged-*"))
    assert len(list(disposal.undo("run-1"))) == 6


def test_a_journal_of_a_newer_program_is_not_set_aside(tmp_path: Path, library: str) -> None:
    import sqlite3

    removed(str(tmp_path / "state"), library)
    with sqlite3.connect(tmp_path / "state/journal.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(JournalUnusable, match="newer version"):
        Disposal(str(tmp_path / "state"), FixedClock()).adopt([library])


def test_records_that_are_known_or_no_records_change_nothing(tmp_path: Path, library: str) -> None:
    removed(str(tmp_path / "state"), library)
    shelf = Path(library, QUARANTINE_NAME, "run-1")
    (shelf / "zz.jsonl").write_text('{"format": 7}\n')
    (shelf / "zy.jsonl").write_text('{"format": 1}\n')
    (shelf / "zx.jsonl").mkdir()
    (shelf.parent / "no folder").write_text("")
    disposal = Disposal(str(tmp_path / "state"), FixedClock())

    said = disposal.adopt([library])

    assert [sentence.split("records")[0] for sentence in said if "Run" in sentence] == ["Run run-1: 0 of 6 "]
    assert sum("could not be read" in sentence for sentence in said) == 3
    assert disposal.runs()[0].away == 4


def test_files_that_are_not_where_the_records_say_are_not_claimed(tmp_path: Path, library: str) -> None:
    removed(str(tmp_path / "state"), library)
    for path in put_aside(library)[:2]:
        os.unlink(path)
    Path(library, "x").mkdir()
    fresh = Disposal(str(tmp_path / "another state"), FixedClock())

    fresh.adopt([library])

    summary = fresh.runs()[0]
    assert (summary.away, summary.not_done, summary.folders_removed) == (2, 2, 1)
