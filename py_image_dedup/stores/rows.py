"""Values as rows and rows as values: the encoding of the index, apart from the database that holds it.

A record is one row: the path's bytes, what one `lstat` said, and the result. Facts and evidence are JSON arrays of the
fields in the order of the model, whose rule is that new fields come last and have a default: rows written before a
field existed still load. Fingerprints lie one after the other in one blob; the layout, the same for most rows, says
where.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from functools import lru_cache
from operator import attrgetter
from sys import intern
from typing import Any, NamedTuple

from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import Fingerprint, ImageFacts, ImageRecord, StoredRecord, Unreadable, UnreadableKind
from py_image_dedup.model.matches import Comparison, Evidence, Relation

_SIGN_64 = 1 << 63
_WRAP_64 = 1 << 64

Versions = tuple[tuple[str, int], ...]


class RecordRow(NamedTuple):
    """One row of `records`, in the order of its columns."""

    path: bytes
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int  # 64 bits, signed, as SQLite has them
    device: int  # the same
    links: int
    sha256: bytes | None  # None: the file was unreadable
    result: str  # facts; or kind and reason
    layout: str
    fingerprints: bytes
    versions: str


class ComparisonRow(NamedTuple):
    """One row of `comparisons`, without the method."""

    left: bytes
    right: bytes
    relation: str | None
    evidence: str


def _values_of(model: type) -> "attrgetter[tuple[Any, ...]]":
    """Gives the values of all fields of a frozen value, in order."""
    assert is_dataclass(model)
    return attrgetter(*(field.name for field in fields(model)))


_FACTS = _values_of(ImageFacts)
_EVIDENCE = _values_of(Evidence)
_FORMAT, _MODE, _CAMERA, _GPS = (
    [field.name for field in fields(ImageFacts)].index(name) for name in ("format", "mode", "camera", "gps")
)


def record_row(stored: StoredRecord) -> RecordRow:
    """The row of one record; `ImageFile.root` is not kept."""
    result, file = stored.result, stored.result.file
    prints = result.fingerprints if isinstance(result, ImageRecord) else ()
    return RecordRow(
        os.fsencode(file.path),
        file.size,
        file.mtime_ns,
        file.ctime_ns,
        _signed(file.inode),
        _signed(file.device),
        file.links,
        result.sha256 if isinstance(result, ImageRecord) else None,
        json.dumps(_FACTS(result.facts) if isinstance(result, ImageRecord) else (result.kind.value, result.reason)),
        _layout_text(tuple((p.method, p.version, len(p.value)) for p in prints)),
        b"".join([p.value for p in prints]),
        _versions_text(stored.versions),
    )


def stored_record(row: Sequence[Any]) -> StoredRecord:
    """The record of one row. Raises ValueError, TypeError or LookupError where the row is damaged."""
    file = image_file(row[:7])
    sha256, text, layout, blob, versions = row[7:]
    values = json.loads(text)
    if sha256 is None:
        return StoredRecord(Unreadable(file, UnreadableKind(values[0]), values[1]), _versions(versions))
    prints = tuple([Fingerprint(method, version, blob[cut]) for method, version, cut in _layout(layout)])
    return StoredRecord(ImageRecord(file, sha256, _facts(values), prints), _versions(versions))


def one_fingerprint(layout: str, blob: bytes, method: str) -> Fingerprint | None:
    """The value of `method` among those of one row. Raises ValueError or TypeError where the row is damaged."""
    found = (Fingerprint(name, version, blob[cut]) for name, version, cut in _layout(layout) if name == method)
    return next(found, None)


def image_file(row: Sequence[Any]) -> ImageFile:
    """The file of one row, from its first seven columns. Raises ValueError or TypeError where the row is damaged."""
    path, size, mtime_ns, ctime_ns, inode, device, links = row
    return ImageFile(os.fsdecode(path), "", size, mtime_ns, ctime_ns, inode % _WRAP_64, device % _WRAP_64, links)


def comparison_row(comparison: Comparison) -> ComparisonRow:
    """The row of one comparison."""
    relation = None if comparison.relation is None else comparison.relation.value
    return ComparisonRow(comparison.left, comparison.right, relation, json.dumps(_EVIDENCE(comparison.evidence)))


def comparison(row: Sequence[Any]) -> Comparison:
    """The comparison of one row. Raises ValueError or TypeError where the row is damaged."""
    left, right, relation, evidence = row
    return Comparison(left, right, None if relation is None else Relation(relation), Evidence(*json.loads(evidence)))


def text_blob(text: str | None) -> bytes | None:
    """Words as bytes: SQLite's TEXT refuses the surrogates of names that are not UTF-8."""
    return None if text is None else text.encode("utf-8", "surrogatepass")


def blob_text(blob: bytes | None) -> str | None:
    """The words of `text_blob`. Raises ValueError where they are damaged."""
    return None if blob is None else blob.decode("utf-8", "surrogatepass")


def _facts(values: list[Any]) -> ImageFacts:
    """`format`, `mode` and `camera` are a few words in a million records: one object each."""
    values[_FORMAT], values[_MODE] = intern(values[_FORMAT]), intern(values[_MODE])
    if values[_CAMERA] is not None:
        values[_CAMERA] = intern(values[_CAMERA])
    if values[_GPS] is not None:
        values[_GPS] = tuple(values[_GPS])
    return ImageFacts(*values)


def _signed(number: int) -> int:
    """An unsigned 64-bit number as the signed one of the same bits: inodes of some file systems use the highest."""
    return number if number < _SIGN_64 else number - _WRAP_64


@lru_cache(maxsize=1024)
def _layout_text(layout: tuple[tuple[str, int, int], ...]) -> str:
    return json.dumps(layout)


@lru_cache(maxsize=1024)
def _layout(text: str) -> tuple[tuple[str, int, slice], ...]:
    """Method, version and place in the blob of each fingerprint."""
    cuts, start = [], 0
    for method, version, length in json.loads(text):
        cuts.append((method, version, slice(start, start + length)))
        start += length
    return tuple(cuts)


@lru_cache(maxsize=1024)
def _versions_text(versions: Versions) -> str:
    return json.dumps(versions)


@lru_cache(maxsize=1024)
def _versions(text: str) -> Versions:
    return tuple((method, version) for method, version in json.loads(text))
