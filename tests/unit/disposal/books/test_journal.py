"""The journal is only added to, is durable or refuses, and knows who may write."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from py_image_dedup.disposal.books import journal as journals
from py_image_dedup.disposal.books.actions import Action, Attributes, Event, Kind, State, Trace
from py_image_dedup.disposal.books.journal import Journal, JournalDamaged, JournalUnusable
from py_image_dedup.model.errors import LockHeld
from py_image_dedup.model.plans import Way
from tests.support.at_once import at_once
from tests.support.libraries import FixedClock


def an_action(number: int, run: str = "run-1", kind: Kind = Kind.FILE) -> Action:
    subject = Trace(f"/l/\udce9{number}.jpg", "/l", 1, 2, 3, 4, bytes(32))
    keeper = Trace("/l/k.jpg", "/l", 1, 9, 3, 4, bytes(32))
    folder = Attributes(0o755, 0, 0, 1, 2, (("user.a", b"\xff"),)) if kind is Kind.FOLDER else None
    name = f"{run}-{number}"
    return Action(name, run, "plan", name, kind, Way.QUARANTINE, subject, "/l/q/r/x", 5, keeper, attributes=folder)


def opened(path: Path) -> Journal:
    journal = Journal.open(str(path), FixedClock())
    journal.take_fence("a test")
    return journal


def test_what_was_appended_is_there_after_opening_again(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")
    actions = [an_action(1), an_action(2, kind=Kind.FOLDER)]
    journal.start_run("run-1", "plan")
    journal.append(actions, [Event(action.id, State.INTENT) for action in actions])
    journal.append((), [Event(actions[0].id, State.MOVED, "/l/q/\udcff", "why \udce9", 7, 8)])
    journal.close()

    again = opened(tmp_path / "j")

    first, second = again.entries("run-1")
    assert (first.action, second.action) == tuple(actions)
    assert (first.state, first.last.at, first.last.parent_after_ns) == (State.MOVED, "/l/q/\udcff", 8)
    assert [entry.action.id for entry in again.open_entries()] == ["run-1-2"]
    assert [entry.action.id for entry in again.entries(path=actions[0].subject.path)] == ["run-1-1", "run-1-2"][:1]
    assert (again.last_number("run-1"), again.last_number("run-2")) == (2, 0)
    (run,) = again.runs()
    assert run.states == ((Kind.FILE, State.MOVED, 1), (Kind.FOLDER, State.INTENT, 1))


@pytest.mark.parametrize("table", ["holders", "runs", "actions", "events"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET rowid = rowid"])
def test_no_row_can_be_changed_or_removed(tmp_path: Path, table: str, statement: str) -> None:
    journal = opened(tmp_path / "j")
    journal.start_run("run-1", "plan")
    journal.append([an_action(1)], [Event("run-1-1", State.INTENT)])
    journal.close()

    connection = sqlite3.connect(tmp_path / "j")
    with pytest.raises(sqlite3.IntegrityError, match="only added to"):
        connection.execute(statement.format(table))
    connection.close()


def test_a_writer_that_was_overtaken_cannot_commit(tmp_path: Path) -> None:
    first = opened(tmp_path / "j")
    first.append([an_action(1)], [Event("run-1-1", State.INTENT)])
    second = opened(tmp_path / "j")

    with pytest.raises(LockHeld, match="taken over the journal"):
        first.append((), [Event("run-1-1", State.MOVED)])

    assert [entry.state for entry in second.entries()] == [State.INTENT]
    second.append((), [Event("run-1-1", State.EXPIRED)])


def test_without_a_fence_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(LockHeld):
        Journal.open(str(tmp_path / "j"), FixedClock()).start_run("run-1", "plan")


def test_a_journal_of_a_newer_program_is_refused_and_not_touched(tmp_path: Path) -> None:
    opened(tmp_path / "j").close()
    connection = sqlite3.connect(tmp_path / "j")
    connection.execute("PRAGMA user_version = 2")
    connection.close()

    with pytest.raises(JournalUnusable, match="newer version of this program") as caught:
        Journal.open(str(tmp_path / "j"), FixedClock())

    assert not isinstance(caught.value, JournalDamaged)
    assert caught.value.exit_status == 4


@pytest.mark.parametrize("page", range(2, 9))
def test_any_flipped_page_is_noticed_at_the_start(tmp_path: Path, page: int) -> None:
    journal = opened(tmp_path / "j")
    for number in range(20):
        journal.append([an_action(number)], [Event(f"run-1-{number}", State.INTENT)])
    journal.close()
    content = bytearray((tmp_path / "j").read_bytes())
    content[(page - 1) * 4096 : (page - 1) * 4096 + 64] = b"\xa5" * 64
    (tmp_path / "j").write_bytes(content)

    with pytest.raises(JournalDamaged, match="brought back from the records"):
        Journal.open(str(tmp_path / "j"), FixedClock())


def test_a_full_disk_is_a_sentence_and_leaves_what_was_written(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")
    journal.append([an_action(0)], [Event("run-1-0", State.INTENT)])
    pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
    journal._connection.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(JournalUnusable, match="full"):
        journal.append([an_action(n) for n in range(1, 200)], ())

    assert [entry.action.id for entry in journal.entries()] == ["run-1-0"]


def test_a_place_that_cannot_be_opened_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(JournalUnusable, match="unable to open"):
        Journal.open(str(tmp_path / "missing" / "j"), FixedClock())


def test_where_shared_memory_does_not_work_the_rollback_journal_is_used(tmp_path: Path) -> None:
    journal = Journal.open(str(tmp_path / "j"), FixedClock(), wal=False)

    assert journal._connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete"
    assert journal._connection.execute("PRAGMA synchronous").fetchone()[0] == 3


def test_commits_are_synced_and_in_wal(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")

    assert journal._connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert journal._connection.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_many_that_create_it_at_once_agree(tmp_path: Path) -> None:
    for turn in range(40):  # 7 turns in 100 failed where the change to a WAL was tried once only

        def create(path: Path = tmp_path / str(turn)) -> int:
            with closing(opened(path)) as journal:
                return journal._fence

        assert sorted(at_once(create, 8)) == list(range(1, 9))


def test_where_sqlite_does_not_wait_the_change_to_a_wal_is_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with (
        closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other,
        closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as impatient,
    ):
        other.execute("BEGIN EXCLUSIVE")
        ended = threading.Timer(0.2, other.execute, ("ROLLBACK",))
        ended.start()

        Journal(impatient, FixedClock(), str(path))._prepare(wal=True)

        ended.join()
        assert impatient.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_a_journal_that_stays_in_use_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "BUSY_TIMEOUT_S", 0.1)
    with closing(sqlite3.connect(tmp_path / "j", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")

        with pytest.raises(JournalUnusable, match="is locked"):
            opened(tmp_path / "j")


def test_a_process_that_was_slower_in_making_it_changes_nothing(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")
    journal.append([an_action(1)], [Event("run-1-1", State.INTENT)])

    journal._create()

    assert [entry.state for entry in journal.entries()] == [State.INTENT]
    journal.close()
