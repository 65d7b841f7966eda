"""The user's verdicts in a file of their own: the index is a cache and may be deleted, these are the user's work."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from py_image_dedup.model.errors import DedupError, StoreUnavailable
from py_image_dedup.model.verdicts import ContentPair, Judged, Verdict
from py_image_dedup.stores.opening import is_there

APPLICATION_ID = 0x70696456  # "pidV"
FORMAT = 1
BUSY_TIMEOUT_S = 10.0
_TABLE = (
    "CREATE TABLE IF NOT EXISTS verdicts (left_content BLOB NOT NULL, right_content BLOB NOT NULL,"
    " verdict TEXT NOT NULL, left_path BLOB NOT NULL, right_path BLOB NOT NULL, at_ns INTEGER NOT NULL,"
    " PRIMARY KEY (left_content, right_content)) WITHOUT ROWID"
)
_ALL = (
    "SELECT left_content, right_content, verdict, left_path, right_path, at_ns FROM verdicts"
    " ORDER BY at_ns, left_content, right_content"
)


class VerdictFile:
    """All verdicts, in the SQLite file at `path`; made with its folder when the first one is given.

    Every method opens the file for itself: verdicts are few, and a run may last for hours. Raises StoreUnavailable
    where the file cannot be used: no answer is never "no verdict". It is never set aside or made anew.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def by_pair(self) -> dict[ContentPair, Verdict]:
        """Each judged pair of contents and the word on it."""
        return {(judged.left, judged.right): judged.verdict for judged in self.all()}

    def all(self) -> tuple[Judged, ...]:
        """Every verdict, oldest first."""
        with self._opened(make=False) as connection:
            return () if connection is None else tuple(_judged(row) for row in connection.execute(_ALL))

    def give(self, judged: Judged) -> None:
        """Keep a verdict, in place of an earlier one on the same pair; durable when this returns."""
        names = (os.fsencode(judged.left_path), os.fsencode(judged.right_path))
        row = (judged.left, judged.right, judged.verdict.value, *names, judged.at_ns)
        with self._opened(make=True) as connection:
            assert connection is not None
            connection.execute("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?, ?)", row)

    def take_back(self, pair: ContentPair) -> bool:
        """Forget the verdict on a pair; whether there was one."""
        with self._opened(make=False) as connection:
            if connection is None:
                return False
            wanted = "DELETE FROM verdicts WHERE left_content = ? AND right_content = ?"
            return connection.execute(wanted, pair).rowcount > 0

    @contextmanager
    def _opened(self, *, make: bool) -> Iterator[sqlite3.Connection | None]:
        """A connection; None where there is no file yet and none is to be made."""
        try:
            if make:
                os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)
            elif not is_there(self._path):
                yield None
                return
            with closing(sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None)) as connection:
                self._prepare(connection)
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(str(error)) from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Every commit reaches the disk before it returns; a foreign or newer file is refused."""
        connection.execute("PRAGMA synchronous = EXTRA")
        if _mark(connection) == (APPLICATION_ID, FORMAT):
            return
        connection.execute("BEGIN IMMEDIATE")  # before the second look: another may be making it
        application, version = _mark(connection)
        if (application, version) == (APPLICATION_ID, FORMAT):
            connection.execute("ROLLBACK")
            return
        if version > FORMAT or application or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise self._unusable("it belongs to a newer version or to another program")
        connection.execute(_TABLE)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.execute("COMMIT")

    def _unusable(self, reason: str) -> DedupError:
        return StoreUnavailable(
            f"The verdicts in {self._path} cannot be used: {reason}. Put back a copy of the file, or move it away to go"
            " on without the verdicts in it."
        )


def _mark(connection: sqlite3.Connection) -> tuple[int, int]:
    """Whose file it is, and of which format; two zeros in a new one."""
    application, version = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("application_id", "user_version")
    )
    return application, version


def _judged(row: tuple[bytes, bytes, str, bytes, bytes, int]) -> Judged:
    left, right, verdict, left_path, right_path, at_ns = row
    return Judged(left, right, Verdict(verdict), os.fsdecode(left_path), os.fsdecode(right_path), at_ns)
