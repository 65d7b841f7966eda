"""The WAL of the index stays small, whoever reads it meanwhile."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from py_image_dedup.stores.sqlite import SqliteStore
from tests.support.stored import stored

ROUNDS, A_ROUND = 60, 100
WAL_BYTES = 8 << 20  # SQLite folds the WAL in from 1,000 pages of 4 KiB on; the other half is one transaction


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "index.sqlite")


def write(store: SqliteStore, number: int) -> None:
    """Records of some 4 KiB each, written again and again."""
    store.put_many([stored(f"/lib/{n:03}{'x' * 3_000}.jpg", number) for n in range(A_ROUND)])


def wal_bytes(path: str) -> int:
    return Path(path + "-wal").stat().st_size


def test_a_reader_that_takes_its_time_does_not_let_the_wal_grow(path: str) -> None:
    with closing(SqliteStore(path)) as reader, closing(SqliteStore(path)) as writer:
        write(writer, 0)
        slow = reader.under(["/lib"])
        next(slow)
        for number in range(1, ROUNDS):
            write(writer, number)

        assert wal_bytes(path) < WAL_BYTES
        assert next(slow)


def test_after_a_reader_that_held_on_the_wal_is_small_again(path: str) -> None:
    with closing(SqliteStore(path)) as writer:
        write(writer, 0)
        with closing(sqlite3.connect(path, isolation_level=None)) as foreign:
            foreign.execute("BEGIN")
            foreign.execute("SELECT count(*) FROM records").fetchone()
            for number in range(1, ROUNDS):
                write(writer, number)
            held = wal_bytes(path)
        for number in range(3):
            write(writer, number)

        assert held > WAL_BYTES  # nobody can fold in what is still read
        assert wal_bytes(path) < WAL_BYTES
    assert not Path(path + "-wal").exists()
