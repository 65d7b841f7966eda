"""An older index becomes a present one; newer and foreign files are refused and not touched."""

import sqlite3
from pathlib import Path

import pytest

from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.stores.schema import APPLICATION_ID, MIGRATIONS, bring_up_to_date
from py_image_dedup.stores.sqlite import SqliteStore
from tests.support.stored import stored

NEXT = (
    *MIGRATIONS,
    ("ALTER TABLE records ADD COLUMN seen INTEGER NOT NULL DEFAULT 7", "CREATE INDEX seen ON records (seen)"),
)


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = str(tmp_path / "index.sqlite")
    store = SqliteStore(path)
    store.put_many([stored("/a.jpg", 1)])
    store.close()
    return path


def migrated(path: str, migrations: tuple[tuple[str, ...], ...]) -> list[tuple[object, ...]]:
    """Migrate, and give version and records."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        bring_up_to_date(connection, path, migrations)
        version = connection.execute("PRAGMA user_version").fetchone()
        return [version, *connection.execute("SELECT * FROM records")]
    finally:
        connection.close()


def test_the_file_says_whose_it_is(path: str) -> None:
    connection = sqlite3.connect(path)

    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    connection.close()


def test_an_older_index_is_migrated_with_its_records(path: str) -> None:
    version, record = migrated(path, NEXT)

    assert version == (len(NEXT),)
    assert (record[0], record[-1]) == (b"/a.jpg", 7)


def test_a_copy_is_made_before_a_migration(path: str) -> None:
    migrated(path, NEXT)

    copy = SqliteStore(f"{path}.before-schema-{len(NEXT)}")
    assert copy.get_many(["/a.jpg"]) == {"/a.jpg": stored("/a.jpg", 1)}
    copy.close()


def test_a_migration_that_fails_changes_nothing(path: str) -> None:
    broken = (*NEXT, ("DROP TABLE searched", "DROP TABLE no_such_table"))

    with pytest.raises(sqlite3.OperationalError):
        migrated(path, broken)

    store = SqliteStore(path)
    assert store.get_many(["/a.jpg"]) == {"/a.jpg": stored("/a.jpg", 1)}
    assert store.searched([b"x"], "any") == set()
    store.close()


def test_a_newer_index_is_refused_in_a_sentence_and_not_touched(path: str) -> None:
    migrated(path, NEXT)
    before = Path(path).read_bytes()

    with pytest.raises(StoreUnavailable, match=rf"{path} has schema {len(NEXT)}, made by a newer version"):
        SqliteStore(path)
    assert Path(path).read_bytes() == before


def test_a_database_of_another_program_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = str(tmp_path / "index.sqlite")
    foreign = sqlite3.connect(path)
    foreign.execute("CREATE TABLE bookmarks (url TEXT)")
    foreign.commit()
    foreign.close()
    before = Path(path).read_bytes()

    with pytest.raises(StoreUnavailable, match="database of another program"):
        SqliteStore(path)
    assert Path(path).read_bytes() == before
