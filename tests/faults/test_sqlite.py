"""Damage, kills, locks, full and read-only disks: the index refuses in a sentence, or is made anew."""

import errno
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.stores import opening
from py_image_dedup.stores.schema import MIGRATIONS
from py_image_dedup.stores.sqlite import SqliteStore
from tests.support.privileges import nobodys_folder, python_in_private_mounts, unprivileged
from tests.support.stored import stored

ROOT = Path(__file__).resolve().parents[2]
COUNT = 300
RECORDS = [stored(f"/photos/{n:04}.jpg", n) for n in range(COUNT)]
PATHS = [record.result.file.path for record in RECORDS]


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = str(tmp_path / "index.sqlite")
    store = SqliteStore(path)
    store.put_many(RECORDS)
    store.close()
    return path


def opened(path: str) -> tuple[SqliteStore, list[str]]:
    """The store, and what it had to say."""
    notes: list[str] = []
    return SqliteStore(path, note=notes.append, busy_timeout_s=0.2), notes


def child(code: str, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True)


# Damage


@pytest.mark.parametrize("length", [99, 100, 4095, 4096, 4097, 8192, 20_000, 50_000])
def test_a_truncated_index_is_set_aside_and_made_anew(path: str, length: int) -> None:
    os.truncate(path, length)

    store, notes = opened(path)

    assert list(store.under(["/"])) == []
    store.put_many(RECORDS[:1])
    assert store.get_many(PATHS) == {PATHS[0]: RECORDS[0]}
    store.close()
    assert os.path.getsize(f"{path}.corrupt-1") == length
    assert len(notes) == 1
    assert f"The index {path} was damaged" in notes[0]
    assert f"{path}.corrupt-1" in notes[0]


def test_a_file_that_is_no_database_is_kept_under_another_name(path: str) -> None:
    Path(path).write_text("dear diary " * 1000)
    Path(f"{path}.corrupt-1").write_text("an earlier one")

    store, notes = opened(path)
    store.close()

    assert Path(f"{path}.corrupt-2").read_text() == "dear diary " * 1000
    assert Path(f"{path}.corrupt-1").read_text() == "an earlier one"
    assert len(notes) == 1


@pytest.mark.parametrize("fill", ["zeros", "ones", "noise"])
def test_every_page_may_be_lost(path: str, tmp_path: Path, fill: str) -> None:
    whole = Path(path).read_bytes()
    pages = range(len(whole) // 4096)
    noise = random.Random(7).randbytes(4096)
    for page in pages:
        damaged = bytearray(whole)
        damaged[page * 4096 : (page + 1) * 4096] = {"zeros": bytes(4096), "ones": b"\xff" * 4096, "noise": noise}[fill]
        copy = str(tmp_path / f"{page}.sqlite")
        Path(copy).write_bytes(damaged)

        _right_or_refused(copy)
    assert len(pages) > 30


def test_flipped_bytes_are_told_or_do_no_harm(path: str, tmp_path: Path) -> None:
    whole = Path(path).read_bytes()
    rng = random.Random(11)
    for n in range(150):
        damaged = bytearray(whole)
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        copy = str(tmp_path / f"{n}.sqlite")
        Path(copy).write_bytes(damaged)

        _right_or_refused(copy, exact=False)


def test_damage_that_shows_later_ends_the_run_and_heals_at_the_next_start(path: str) -> None:
    store, _ = opened(path)
    store.put_many([stored("/photos/new.jpg")])
    connection = sqlite3.connect(path)
    connection.execute("UPDATE records SET result = '[4000, 30'")
    connection.commit()
    connection.close()

    with pytest.raises(StoreUnavailable, match=rf"{path} is damaged .* set aside as {path}.corrupt-1"):
        store.get_many(PATHS)

    healed, notes = opened(path)
    assert list(healed.under(["/"])) == []
    assert notes == []
    healed.close()


def test_a_large_index_is_checked_if_the_last_run_was_killed(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "ALWAYS_CHECKED_BYTES", 0)
    _kill_after_writing(path)
    with open(path, "r+b") as file:
        file.seek(8 * 4096)
        file.write(b"\xff" * 4096)

    store, notes = opened(path)
    store.close()

    assert len(notes) == 1


# Kills


WRITE_AND_HANG = """
import sys, time
from py_image_dedup.stores.sqlite import SqliteStore
from tests.support.stored import stored
store = SqliteStore(sys.argv[1])
store.put_many([stored("/killed/whole.jpg")])
store._connection.execute("BEGIN IMMEDIATE")
store._connection.execute("DELETE FROM records")
print("ready", flush=True)
time.sleep(60)
"""


def _kill_after_writing(path: str) -> None:
    """A process has written one batch, is in the middle of the next, and is killed."""
    with child(WRITE_AND_HANG, path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGKILL)


def test_a_kill_leaves_whole_batches_only(path: str) -> None:
    _kill_after_writing(path)
    assert os.path.getsize(f"{path}-wal") > 0

    store, notes = opened(path)

    assert store.get_many([*PATHS, "/killed/whole.jpg"]).keys() == {*PATHS, "/killed/whole.jpg"}
    assert notes == []
    store.close()


WRITE_FOR_EVER = """
import itertools, sys
from py_image_dedup.stores.sqlite import SqliteStore
from tests.support.stored import stored
store = SqliteStore(sys.argv[1])
for n in itertools.count():
    store.put_many(stored(f"/killed/{n}/{k}.jpg", k) for k in range(50))
    print(n, flush=True)
"""


@pytest.mark.parametrize("seed", range(4))
def test_a_kill_at_any_moment_loses_nothing_that_was_finished(path: str, seed: int) -> None:
    with child(WRITE_FOR_EVER, path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(random.Random(seed).uniform(0, 0.2))
        process.send_signal(signal.SIGKILL)
        finished = 1 + len(process.stdout.read().split())

    store, notes = opened(path)

    batches = [found.result.file.path.split("/")[2] for found in store.under(["/killed"])]
    assert {batches.count(batch) for batch in set(batches)} == {50}
    assert len(set(batches)) in {finished, finished + 1}
    assert notes == []
    store.close()


DIE_IN_MIGRATION = """
import os, sqlite3, sys
from py_image_dedup.stores.schema import MIGRATIONS, bring_up_to_date
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.create_function("die", 0, lambda: os.kill(os.getpid(), 9))
step = ("ALTER TABLE records ADD COLUMN seen INTEGER", "UPDATE records SET seen = 1", "SELECT die()")
bring_up_to_date(connection, sys.argv[1], (*MIGRATIONS, step))
"""


def test_a_kill_during_a_migration_leaves_the_index_as_it_was(path: str) -> None:
    with child(DIE_IN_MIGRATION, path) as process:
        assert process.wait(timeout=30) == -signal.SIGKILL

    for index in (path, f"{path}.before-schema-{len(MIGRATIONS) + 1}"):
        store, notes = opened(index)
        assert store.get_many(PATHS) == dict(zip(PATHS, RECORDS, strict=True))
        assert notes == []
        store.close()


# Several processes


def test_an_index_that_is_locked_for_too_long_is_named(path: str) -> None:
    store, _ = opened(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable, match=f"The index {path} is in use by another program"):
        store.put_many(RECORDS)

    other.execute("ROLLBACK")
    other.close()
    store.put_many(RECORDS)
    store.close()


def test_an_index_is_read_while_another_process_writes(path: str) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    store, _ = opened(path)

    assert len(store.get_many(PATHS)) == COUNT
    store.close()
    other.close()


WRITE_SOME = """
import sys
from py_image_dedup.stores.sqlite import SqliteStore
from tests.support.stored import stored
for batch in range(5):
    store = SqliteStore(sys.argv[1])
    store.put_many(stored(f"/{sys.argv[2]}/{batch}/{n}.jpg", n) for n in range(40))
    store.close()
"""


def test_eight_processes_make_and_write_one_index(tmp_path: Path) -> None:
    path = str(tmp_path / "new" / "index.sqlite")
    with ExitStack() as running:
        processes = [running.enter_context(child(WRITE_SOME, path, str(n))) for n in range(8)]

    assert [process.returncode for process in processes] == [0] * 8

    store, notes = opened(path)
    assert sum(1 for _ in store.under(["/"])) == 8 * 5 * 40
    assert notes == []
    store.close()


USE_AFTER_FORK = """
import os, sys
from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.stores.sqlite import SqliteStore
store = SqliteStore(sys.argv[1])
if os.fork() == 0:
    try:
        store.get_many(["/photos/0001.jpg"])
    except StoreUnavailable as error:
        print(error, flush=True)
    os._exit(0)
os.wait()
"""


def test_a_forked_process_may_not_use_the_index_of_its_parent(path: str) -> None:
    with child(USE_AFTER_FORK, path) as process:
        assert process.stdout is not None
        assert "was opened by another process" in process.stdout.read()


# Disks


def test_a_full_disk_is_told_and_nothing_is_half_written(path: str) -> None:
    store, _ = opened(path)
    store._connection.execute("PRAGMA max_page_count = 50")

    with pytest.raises(StoreUnavailable, match=f"The index {path} could not be written: no space is left"):
        store.put_many(stored(f"/more/{n}.jpg", n) for n in range(5_000))

    assert list(store.under(["/more"])) == []
    assert len(store.get_many(PATHS)) == COUNT
    store.close()


FILL = """
import sys
from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.stores.sqlite import SqliteStore
from tests.support.stored import stored
try:
    store = SqliteStore(sys.argv[1])
    for batch in range(100):
        store.put_many(stored(f"/{batch}/{n}.jpg", n) for n in range(500))
except StoreUnavailable as error:
    print(error)
"""


@pytest.mark.parametrize("size", ["4k", "16k", "300k", "2m"])
def test_a_small_disk_runs_full_in_a_sentence(tmp_path: Path, size: str) -> None:
    mounts = [["-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(tmp_path)]]

    printed = python_in_private_mounts(mounts, FILL, f"{tmp_path}/index.sqlite")

    assert printed.startswith(f"The index {tmp_path}/index.sqlite could not be")
    assert printed.count("\n") == 1


def test_a_read_only_disk_is_told(path: str, tmp_path: Path) -> None:
    mounts = [["--bind", str(tmp_path), str(tmp_path)], ["-o", "remount,ro,bind", str(tmp_path)]]

    assert f"The index {path} may not be written." in python_in_private_mounts(mounts, FILL, path)
    assert "may not be written" in python_in_private_mounts(mounts, FILL, f"{tmp_path}/other.sqlite")
    assert f"The state directory {tmp_path}/sub cannot be made: {os.strerror(errno.EROFS)}" in python_in_private_mounts(
        mounts, FILL, f"{tmp_path}/sub/index.sqlite"
    )


@pytest.fixture
def shut() -> Iterator[str]:
    with nobodys_folder() as folder:
        yield folder


@pytest.mark.parametrize("mode", [0o500, 0o000])
def test_a_state_directory_without_permission_is_told(shut: str, mode: int) -> None:
    os.chmod(shut, mode)

    with unprivileged(), pytest.raises(StoreUnavailable, match=rf"{shut}/index.sqlite may not be written"):
        SqliteStore(f"{shut}/index.sqlite")


def test_an_index_that_may_only_be_read_is_told(shut: str) -> None:
    SqliteStore(f"{shut}/index.sqlite").close()
    os.chmod(f"{shut}/index.sqlite", 0o444)

    with unprivileged(), pytest.raises(StoreUnavailable, match=r"may not be written"):
        SqliteStore(f"{shut}/index.sqlite")


def test_a_state_directory_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")

    with pytest.raises(StoreUnavailable, match=f"The state directory {tmp_path}/state cannot be made"):
        SqliteStore(f"{tmp_path}/state/index.sqlite")


def _right_or_refused(path: str, *, exact: bool = True) -> None:
    """Opening and reading gives all that was written, or nothing (made anew), or a refusal; the next start works.

    Not `exact`: bits flipped inside a value or key are beyond SQLite, which keeps no checksums. The disk decides at
    the act; here they must not end in anything but an answer or a refusal.
    """
    try:
        store, notes = opened(path)
        found = store.get_many(PATHS)
        listed = list(store.under(["/"]))
        store.close()
    except StoreUnavailable:
        found, listed, notes = {}, [], []
    assert not exact or found in ({}, dict(zip(PATHS, RECORDS, strict=True)))
    assert not exact or len(listed) in {0, COUNT}
    assert not (notes and found)
    store, _ = opened(path)
    try:
        store.put_many(RECORDS)
    except (
        StoreUnavailable
    ):  # a flipped key shows where its row is replaced: told, set aside, made anew at the next start
        assert not exact
        store, _ = opened(path)
        store.put_many(RECORDS)
    assert not exact or store.get_many(PATHS) == dict(zip(PATHS, RECORDS, strict=True))
    store.close()


def test_a_damaged_index_that_cannot_be_set_aside_is_told(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    os.truncate(path, 5000)

    def refused(source: str, target: str) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr("py_image_dedup.stores.trouble.os.rename", refused)

    with pytest.raises(
        StoreUnavailable, match=rf"{path} is damaged and could not be set aside: Operation not permitted"
    ):
        SqliteStore(path)
    assert os.path.getsize(path) == 5000
