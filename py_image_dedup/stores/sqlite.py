"""The index in one SQLite file: WAL, one writer, for everything one machine holds.

It is a cache: a damaged file is set aside under another name and made new, and costs time only.
"""

import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import StoredRecord
from py_image_dedup.model.matches import Comparison
from py_image_dedup.stores.opening import open_index
from py_image_dedup.stores.rows import (
    blob_text,
    comparison,
    comparison_row,
    image_file,
    record_row,
    stored_record,
    text_blob,
)
from py_image_dedup.stores.trouble import DamagedIndex, answering, set_aside

BUSY_TIMEOUT_S = 10.0
AT_ONCE = 900  # values of one IN (...): SQLite's smallest limit of variables is 999
PAGE = 2_000  # records read at a time: the caller may write while it iterates

_RECORDS = (
    "SELECT path, size, mtime_ns, ctime_ns, inode, device, links, sha256, result, layout, fingerprints, versions"
    " FROM records"
)
_BY_PATH = f"{_RECORDS} WHERE path IN (?*)"
# For `(mtime_ns, size) IN (VALUES ...)` SQLite reads the whole index of times, once for every 450 pairs.
_OF_WANTED = _RECORDS.replace("FROM records", "FROM wanted CROSS JOIN records USING (mtime_ns, size)")
_BY_STAT = f"WITH wanted(mtime_ns, size) AS (VALUES ?*) {_OF_WANTED} WHERE sha256 IS NOT NULL"
_BETWEEN = f"{_RECORDS} WHERE path > ? AND path < ? ORDER BY path LIMIT ?"
_FILES_BETWEEN = (
    "SELECT path, size, mtime_ns, ctime_ns, inode, device, links FROM records"
    " WHERE path > ? AND path < ? ORDER BY path LIMIT ?"
)
_PUT = "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_COMPARISONS = (
    "SELECT left_content, right_content, relation, evidence FROM comparisons"
    " WHERE method = ? AND left_content IN (?*) ORDER BY left_content, right_content"
)
_SEARCHED = "SELECT content FROM searched WHERE method = ? AND content IN (?*)"
_SOUNDNESS = "SELECT content, reason FROM soundness WHERE method = ? AND content IN (?*)"

Row = tuple[Any, ...]
T = TypeVar("T")


class SqliteStore:
    """A `RecordStore` in the file at `path`; its folder is made if missing.

    Opening raises StoreUnavailable where the file cannot be read or written, or belongs to a newer version or another
    program. `note` hears a sentence if a damaged index was set aside. For the thread and process that made it.
    """

    def __init__(
        self, path: str, *, note: Callable[[str], None] = lambda _: None, busy_timeout_s: float = BUSY_TIMEOUT_S
    ) -> None:
        self._path = os.path.abspath(path)
        self._process = os.getpid()
        self._connection = open_index(self._path, note, busy_timeout_s)

    def get_many(self, paths: Sequence[str]) -> dict[str, StoredRecord]:
        """The stored records of those of `paths` that have one."""
        rows = self._ask(_BY_PATH, map(os.fsencode, paths))
        return {stored.result.file.path: stored for stored in self._decoded(stored_record, rows)}

    def put_many(self, records: Iterable[StoredRecord]) -> None:
        """Insert or replace by path, in one transaction."""
        rows = [record_row(stored) for stored in records]
        with self._writing() as connection:
            connection.executemany(_PUT, rows)

    def remove(self, paths: Iterable[str]) -> None:
        """Forget these paths; unknown ones are no error."""
        keys = [(os.fsencode(path),) for path in paths]
        with self._writing() as connection:
            connection.executemany("DELETE FROM records WHERE path = ?", keys)

    def under(self, roots: Sequence[str]) -> Iterator[StoredRecord]:
        """All records whose path lies below one of `roots`, in the order of the paths' bytes."""
        for rows in self._pages(_BETWEEN, roots):
            yield from self._decoded(stored_record, rows)

    def by_stat(self, files: Collection[ImageFile]) -> Iterator[StoredRecord]:
        """All pictures' records whose size and mtime are those of one of `files`."""
        wanted = sorted({(file.mtime_ns, file.size) for file in files})
        for start in range(0, len(wanted), AT_ONCE // 2):
            part = wanted[start : start + AT_ONCE // 2]
            question = _BY_STAT.replace("?*", ",".join(["(?, ?)"] * len(part)))
            with self._answering():
                rows = self._connection.execute(question, [number for pair in part for number in pair]).fetchall()
            yield from self._decoded(stored_record, rows)

    def files_under(self, roots: Sequence[str]) -> Iterator[ImageFile]:
        """The files of the same records, in the same order; their results are not read."""
        for rows in self._pages(_FILES_BETWEEN, roots):
            yield from self._decoded(image_file, rows)

    def searched(self, contents: Collection[bytes], method: str) -> set[bytes]:
        """Those of `contents` that were searched with this method."""
        return {content for (content,) in self._ask(_SEARCHED, contents, method)}

    def comparisons(self, contents: Collection[bytes], method: str) -> Iterator[Comparison]:
        """All remembered comparisons of which both sides are in `contents`, ordered by (left, right)."""
        wanted = frozenset(contents)
        rows = (row for row in self._ask(_COMPARISONS, wanted, method) if row[1] in wanted)
        yield from self._decoded(comparison, rows)

    def remember(self, method: str, comparisons: Iterable[Comparison], searched: Iterable[bytes]) -> None:
        """Keep comparisons and mark contents as searched, in one transaction."""
        rows = [(method, *comparison_row(c)) for c in comparisons]
        marks = [(method, content) for content in searched]
        with self._writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO comparisons VALUES (?, ?, ?, ?, ?)", rows)
            connection.executemany("INSERT OR IGNORE INTO searched VALUES (?, ?)", marks)

    def soundness(self, contents: Collection[bytes], method: str) -> dict[bytes, str | None]:
        """Of `contents`, those that were decoded completely before: None where sound, else the reason."""
        rows = self._ask(_SOUNDNESS, contents, method)
        return dict(self._decoded(lambda row: (row[0], blob_text(row[1])), rows))

    def remember_soundness(self, method: str, answers: Iterable[tuple[bytes, str | None]]) -> None:
        """Keep the answers of complete decodes, in one transaction."""
        rows = [(method, content, text_blob(reason)) for content, reason in answers]
        with self._writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO soundness VALUES (?, ?, ?)", rows)

    def close(self) -> None:
        """Close the file; the last one to do so folds the WAL into it."""
        self._connection.close()

    def _pages(self, question: str, roots: Sequence[str]) -> Iterator[list[Row]]:
        """Rows between two paths, `PAGE` at a time; their first column is the path."""
        for first, end in ranges(roots):
            rows: list[Row] = [(first,)]
            while rows:
                with self._answering():
                    rows = self._connection.execute(question, (rows[-1][0], end, PAGE)).fetchall()
                yield rows

    def _ask(self, question: str, values: Iterable[bytes], *first: str) -> Iterator[Row]:
        """The rows for all of `values`, which are sorted and put for `?*` as many at a time as SQLite takes."""
        keys = sorted(values)
        for start in range(0, len(keys), AT_ONCE):
            part = keys[start : start + AT_ONCE]
            marks = ",".join("?" * len(part))
            with self._answering():
                rows = self._connection.execute(question.replace("?*", marks), (*first, *part)).fetchall()
            yield from rows

    def _decoded(self, decode: Callable[[Row], T], rows: Iterable[Row]) -> Iterator[T]:
        for row in rows:
            try:
                value = decode(row)
            except (ValueError, TypeError, LookupError) as error:
                raise StoreUnavailable(self._give_up(DamagedIndex(f"a row cannot be read: {error}"))) from error
            yield value

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Inside, one transaction: all of it or nothing."""
        with self._answering():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # SQLite rolls back by itself where the disk is full
                    self._connection.execute("ROLLBACK")
                raise

    def _answering(self) -> AbstractContextManager[None]:
        if os.getpid() != self._process:
            raise StoreUnavailable(f"The index {self._path} was opened by another process; each opens its own.")
        return answering(self._path, self._give_up)

    def _give_up(self, damage: Exception) -> str:
        """Set a damaged index aside, so that the next start makes a new one."""
        self._connection.close()
        return (
            f"The index {self._path} is damaged ({damage}); it was set aside as {set_aside(self._path)}."
            " Start again: it is made anew, at no cost but time."
        )


def ranges(roots: Sequence[str]) -> list[tuple[bytes, bytes]]:
    """For each root that lies in no other one: its path with a separator, and the first key behind all such paths."""
    prefixes = sorted({os.fsencode(root.rstrip(os.sep) + os.sep) for root in roots})
    outermost: list[bytes] = []
    for prefix in prefixes:
        if not outermost or not prefix.startswith(outermost[-1]):
            outermost.append(prefix)
    return [(prefix, prefix[:-1] + bytes([prefix[-1] + 1])) for prefix in outermost]
