"""Reads words from the SQLite index in a process that does not own it: only looks, and sets nothing aside."""

import os
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from threading import get_ident

from py_image_dedup.model.images import Fingerprint, ImageRecord
from py_image_dedup.stores.rows import one_fingerprint
from py_image_dedup.stores.sqlite import AT_ONCE, BUSY_TIMEOUT_S

WORDS = "words"
READERS = 8  # a disk answers several at once, and no processor is needed to wait for it
FEWEST_EACH = 16  # rows: fewer are read before a thread has begun
_QUESTION = "SELECT path, sha256, layout, fingerprints FROM records WHERE path IN (?*)"


@dataclass(frozen=True, slots=True)
class StoredWords:
    """Gives lean records their words from the index at `path`, which another process has open. It can be pickled.

    A record whose content or version is another one there stays as it is. Raises sqlite3.Error, and ValueError or
    LookupError for a damaged row.
    """

    path: str

    def __call__(self, records: Sequence[ImageRecord]) -> list[ImageRecord]:
        """The same records in the same order."""
        asked = sorted({os.fsencode(record.file.path) for record in records})
        each = min(AT_ONCE, max(FEWEST_EACH, -(-len(asked) // READERS)))
        parts = [asked[start : start + each] for start in range(0, len(asked), each)]
        read = partial(_rows, self.path)
        found = map(read, parts) if len(parts) < 2 else _readers().map(read, parts)
        stored = {
            path: (sha256, one_fingerprint(layout, blob, WORDS))
            for rows in found
            for path, sha256, layout, blob in rows
        }
        return [_with_words(record, *stored.get(os.fsencode(record.file.path), (b"", None))) for record in records]


def _with_words(record: ImageRecord, sha256: bytes, words: Fingerprint | None) -> ImageRecord:
    lean = record.fingerprint(WORDS)
    if lean is None or lean.value or words is None or sha256 != record.sha256 or words.version != lean.version:
        return record
    prints = tuple(words if known.method == WORDS else known for known in record.fingerprints)
    return replace(record, fingerprints=prints)


def _rows(path: str, asked: Sequence[bytes]) -> list[tuple[bytes, bytes, str, bytes]]:
    question = _QUESTION.replace("?*", ",".join("?" * len(asked)))
    return _opened(path, get_ident()).execute(question, asked).fetchall()


@lru_cache(maxsize=1)
def _readers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(READERS)


@lru_cache(maxsize=READERS + 2)  # the readers, who asks, and who reads ahead for it
def _opened(path: str, thread: int) -> sqlite3.Connection:  # noqa: ARG001 - a connection is of one thread
    """Once a process and thread, which never hands it on."""
    address = f"{Path(path).absolute().as_uri()}?mode=ro"
    return sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
