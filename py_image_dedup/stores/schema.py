"""The tables of the SQLite index, and how an index of an older version becomes one of this.

`PRAGMA user_version` counts the migrations that were applied. Those that are missing run in one transaction, the new
number in it, after the file was copied beside itself. An index of a newer version is refused: it
belongs to a newer program.
"""

import os
import sqlite3
from collections.abc import Sequence

from py_image_dedup.model.errors import StoreUnavailable

APPLICATION_ID = 0x70696464  # "pidd", in the header of the file: says whose it is

Migration = tuple[str, ...]

MIGRATIONS: tuple[Migration, ...] = (
    (
        """CREATE TABLE records (
            path BLOB PRIMARY KEY,
            size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL,
            inode INTEGER NOT NULL, device INTEGER NOT NULL, links INTEGER NOT NULL,
            sha256 BLOB, result TEXT NOT NULL,
            layout TEXT NOT NULL, fingerprints BLOB NOT NULL, versions TEXT NOT NULL
        )""",
        """CREATE TABLE comparisons (
            method TEXT NOT NULL, left_content BLOB NOT NULL, right_content BLOB NOT NULL,
            relation TEXT, evidence TEXT NOT NULL, PRIMARY KEY (method, left_content, right_content)
        ) WITHOUT ROWID""",
        """CREATE TABLE searched (
            method TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (method, content)
        ) WITHOUT ROWID""",
        """CREATE TABLE soundness (
            method TEXT NOT NULL, content BLOB NOT NULL, reason BLOB, PRIMARY KEY (method, content)
        ) WITHOUT ROWID""",
        f"PRAGMA application_id = {APPLICATION_ID}",
    ),
    # Files known by another path: 19 MB and 1 s for a million records.
    ("CREATE INDEX records_by_stat ON records (mtime_ns, size)",),
)


def bring_up_to_date(connection: sqlite3.Connection, path: str, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Apply the missing migrations, after a copy was made. Raises sqlite3.Error, and has then changed nothing."""
    version = _version(connection)
    if version == len(migrations):
        return
    if version > 0:
        copy_beside(connection, f"{path}.before-schema-{len(migrations)}")
    _migrate(connection, migrations)


def refuse_what_is_not_ours(connection: sqlite3.Connection, path: str) -> None:
    """Only reads. Raises StoreUnavailable for an index of a newer version and for a database of another program."""
    version = _version(connection)
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise StoreUnavailable(
            f"{path} is a database of another program. Use another state directory, or move that file away."
        )
    if version > len(MIGRATIONS):
        raise StoreUnavailable(
            f"The index {path} has schema {version}, made by a newer version of this program; this one knows schemas"
            f" up to {len(MIGRATIONS)}. Update the program, or use another state directory."
        )


def copy_beside(connection: sqlite3.Connection, target: str) -> None:
    """A complete copy of the index at `target`; a copy that was cut short is written over."""
    part = f"{target}.part"
    copy = sqlite3.connect(part)
    try:
        connection.backup(copy)
    finally:
        copy.close()
    os.replace(part, target)


def _migrate(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    """In one transaction. Another process may have been first: the number is read again inside."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for migration in migrations[_version(connection) :]:
            for statement in migration:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version
