"""`check` names every difference between journal, quarantine and disk; repair writes records and journal alone."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.disposal.volume.posix import PosixFiles
from py_image_dedup.model.differences import Fault
from py_image_dedup.model.outcomes import Status
from py_image_dedup.model.places import QUARANTINE_NAME
from py_image_dedup.model.plans import Way
from tests.support.libraries import FixedClock, contents, plan, remove
from tests.support.scenarios import NoExclusiveRename
from tests.support.tree import make_tree

TREE = {"k.jpg": "kept", "a.jpg": "first copy", "b/c.jpg": "second copy", "b/c.xmp": "notes"}


@dataclass
class Place:
    root: str
    state: str
    target: str

    def disposal(self) -> Disposal:
        return Disposal(self.state, FixedClock())

    @property
    def shelf(self) -> Path:
        return Path(self.root, QUARANTINE_NAME, "run-1")

    def aside(self, content: str) -> Path:
        return next(p for p in self.shelf.iterdir() if p.suffix != ".jsonl" and p.read_text() == content)

    def record(self) -> Path:
        return next(self.shelf.glob("*.jsonl"))

    def sql(self, statement: str) -> None:
        with closing(sqlite3.connect(f"{self.state}/journal.sqlite")) as connection:
            for trigger in ("events_no_delete", "actions_no_delete", "events_no_update"):
                connection.execute(f"DROP TRIGGER {trigger}")
            connection.execute(statement)
            connection.commit()

    def faults(self, *, read: bool = False) -> list[Fault]:
        return [d.fault for d in self.disposal().check([self.root], read=read)]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    root = make_tree(tmp_path / "library", TREE)
    made = Place(root, str(tmp_path / "state"), str(tmp_path / "target"))
    removals = [remove(root, "a.jpg", "k.jpg"), remove(root, "b/c.jpg", "k.jpg", "b/c.xmp")]
    outcomes = list(made.disposal().dispose("run-1", plan([root], *removals)))
    assert {o.status for o in outcomes} == {Status.DONE}
    return made


def change_in_secret(path: Path) -> None:
    path.write_bytes(path.read_bytes()[::-1])


def become_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def lose_journal(place: Place) -> None:
    for path in Path(place.state).glob("journal*"):
        path.unlink()


def damage_journal(place: Place) -> None:
    path = Path(place.state, "journal.sqlite")
    path.write_bytes(path.read_bytes()[:600] + b"\0" * 4096)


FAULTS: dict[str, tuple[Callable[[Place], object], Fault, bool]] = {
    "a file taken from the quarantine": (lambda p: p.aside("first copy").unlink(), Fault.MISSING, True),
    "a folder in the place of a file": (
        lambda p: become_folder(p.aside("first copy")),
        Fault.MISSING,
        True,
    ),
    "a file that grew": (lambda p: p.aside("first copy").write_text("longer than it was"), Fault.CHANGED, False),
    "other bytes of the same size": (lambda p: change_in_secret(p.aside("notes")), Fault.CHANGED, False),
    "the keeper gone": (lambda p: Path(p.root, "k.jpg").unlink(), Fault.KEEPER_GONE, False),
    "the keeper emptied": (lambda p: Path(p.root, "k.jpg").write_text(""), Fault.KEEPER_GONE, False),
    "a stranger in the quarantine": (lambda p: (p.shelf / "x.jpg").write_text("x"), Fault.STRANGE_FILE, False),
    "a stranger beside the runs": (lambda p: (p.shelf.parent / "x").write_text("x"), Fault.STRANGE_FILE, False),
    "the record gone": (lambda p: p.record().unlink(), Fault.RECORD_MISSING, True),
    "the record cut": (lambda p: p.record().write_bytes(p.record().read_bytes()[:99]), Fault.RECORD_UNREADABLE, True),
    "the record of a newer program": (
        lambda p: p.record().write_text('{"format": 99}\n'),
        Fault.RECORD_UNREADABLE,
        True,
    ),
    "the journal damaged": (damage_journal, Fault.JOURNAL_DAMAGED, True),
    "the journal gone": (
        lose_journal,
        Fault.NOT_IN_JOURNAL,
        True,
    ),
    "an event lost": (
        lambda p: p.sql("UPDATE events SET state = 'expired' WHERE state = 'moved'"),
        Fault.NOT_IN_JOURNAL,
        True,
    ),
    "an act left open": (
        lambda p: p.sql("UPDATE events SET state = 'intent' WHERE number = (SELECT max(number) FROM events)"),
        Fault.UNFINISHED,
        False,
    ),
    "the root away": (lambda p: os.rename(p.root, p.root + ".away"), Fault.UNREACHABLE, False),
}


def test_without_a_difference_nothing_is_named(place: Place) -> None:
    assert place.disposal().check([place.root], read=True) == []


def test_without_any_run_nothing_is_named_and_nothing_is_made(tmp_path: Path) -> None:
    assert Disposal(str(tmp_path / "state"), FixedClock()).check([str(tmp_path)]) == []
    assert os.listdir(tmp_path / "state") == ["lock"]


@pytest.mark.parametrize("name", FAULTS)
def test_each_difference_is_named_and_mended_without_touching_a_photograph(place: Place, name: str) -> None:
    break_it, fault, can_be_mended = FAULTS[name]
    break_it(place)
    top = os.path.dirname(place.root)
    before = contents(top)

    found = place.disposal().check([place.root], read=True)
    mended = place.disposal().repair([place.root], found)
    left = place.faults(read=True)

    assert fault in {d.fault for d in found}
    assert {d.can_be_mended for d in found if d.fault is fault} == {can_be_mended}
    assert bool(mended) is can_be_mended
    assert (fault in left) is not can_be_mended
    journals = {content for content in before if content not in contents(top)}
    assert len(journals) <= 3  # the journal's own files alone: every picture is there with its bytes


def test_after_the_journal_was_mended_everything_comes_back(place: Place) -> None:
    damage_journal(place)

    place.disposal().repair([place.root], place.disposal().check([place.root]))
    restored = list(place.disposal().undo("run-1"))

    assert {r.status for r in restored} == {Status.UNDONE}
    assert Path(place.root, "b/c.xmp").read_text() == "notes"


def test_records_of_files_that_are_gone_are_tidied(place: Place) -> None:
    for content in ("first copy", "second copy", "notes"):
        place.aside(content).unlink()

    place.disposal().repair([place.root], place.disposal().check([place.root]))
    assert set(place.faults()) == {Fault.EMPTY_SHELF}
    place.disposal().repair([place.root], place.disposal().check([place.root]))

    assert place.faults() == []
    assert not place.shelf.exists()


def test_size_alone_is_looked_at_unless_contents_are_to_be_read(place: Place) -> None:
    change_in_secret(place.aside("notes"))

    assert place.faults() == []
    assert place.faults(read=True) == [Fault.CHANGED]


def test_files_in_folders_of_their_own_are_known_too(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "library", TREE)
    disposal = Disposal(str(tmp_path / "state"), FixedClock(), NoExclusiveRename())
    list(disposal.dispose("run-1", plan([root], remove(root, "a.jpg", "k.jpg"))))

    assert disposal.check([root], read=True) == []


@pytest.mark.parametrize("way", [Way.TARGET, Way.HARDLINK])
def test_what_went_by_another_way_is_looked_for_where_it_went(tmp_path: Path, way: Way) -> None:
    root = make_tree(tmp_path / "library", TREE)
    target = str(tmp_path / "target") if way is Way.TARGET else ""
    os.makedirs(tmp_path / "target")
    disposal = Disposal(str(tmp_path / "state"), FixedClock())
    (outcome,) = disposal.dispose(
        "run-1", plan([root], remove(root, "a.jpg", "k.jpg", way=way, target_directory=target))
    )

    assert disposal.check([root], read=True) == []
    assert outcome.now_at is not None
    os.unlink(outcome.now_at)
    assert [d.fault for d in disposal.check([root])] == [Fault.MISSING]


def test_a_disk_that_fails_is_no_missing_file(place: Place) -> None:
    class Failing(PosixFiles):
        def stat_name(self, folder: int, name: str):  # type: ignore[no-untyped-def]
            if name == "k.jpg":
                raise OSError(5, "Input/output error")
            return super().stat_name(folder, name)

    found = Disposal(place.state, FixedClock(), Failing()).check([place.root])

    assert {d.fault for d in found} == {Fault.UNREACHABLE}
