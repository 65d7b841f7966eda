"""Reads words from the SQLite index in a process that does not own it: only looks, and sets nothing aside."""

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from py_image_dedup.model.images import Fingerprint, ImageRecord
from py_image_dedup.stores.rows import one_fingerprint
from py_image_dedup.stores.sqlite import AT_ONCE, BUSY_TIMEOUT_S

WORDS = "words"
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
        stored: dict[bytes, tuple[bytes, Fingerprint | None]] = {}
        for start in range(0, len(asked), AT_ONCE):
            part = asked[start : start + AT_ONCE]
            rows = _opened(self.path).execute(_QUESTION.replace("?*", ",".join("?" * len(part))), part)
            stored |= {path: (sha256, one_fingerprint(layout, blob, WORDS)) for path, sha256, layout, blob in rows}
        return [_with_words(record, *stored.get(os.fsencode(record.file.path), (b"", None))) for record in records]


def _with_words(record: ImageRecord, sha256: bytes, words: Fingerprint | None) -> ImageRecord:
    lean = record.fingerprint(WORDS)
    if lean is None or lean.value or words is None or sha256 != record.sha256 or words.version != lean.version:
        return record
    prints = tuple(words if known.method == WORDS else known for known in record.fingerprints)
    return replace(record, fingerprints=prints)


@lru_cache(maxsize=1)
def _opened(path: str) -> sqlite3.Connection:
    """Once a process, which never hands it on."""
    address = f"{Path(path).absolute().as_uri()}?mode=ro"
    return sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
