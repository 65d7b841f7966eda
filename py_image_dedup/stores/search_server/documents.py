"""Records as documents and back.

A document's `_id` is made of the library and the path's bytes, so a path has one document whatever its length and
bytes. `path_key` carries the bytes one character each: it sorts as they do, and ranges over it are folders.
"""

import hashlib
import os
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import Fingerprint, ImageFacts, ImageRecord, StoredRecord
from py_image_dedup.stores.rows import RecordRow, image_file, stored_record
from py_image_dedup.stores.search_server.bands import HASH_BYTES, quarters, stored_words
from py_image_dedup.stores.search_server.mappings import OLDER_MODEL_VERSION, SIMPLE_WORDS

PDQ = "pdq"
IMAGE_MATCH = "image-match"
SIGNATURE_VALUES = 648
WORD_VALUES = 16
WORDS = "words"
WORDS_AT, POINT_BYTES = 4, 24  # of the fingerprint `words`: a head, then points that begin with their word
_NUMBERS = ("size", "mtime_ns", "ctime_ns", "inode", "device", "links")
SIGNATURE_FIELDS = ["path_key", "signature", "metadata.filesize", "metadata.file_modification_date"]
FILE_FIELDS = ["path_key", *_NUMBERS]


def document_id(library: str, path: bytes) -> str:
    """43 characters that stand for this path in this library."""
    digest = hashlib.sha256(library.encode() + b"\0" + path).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def path_key(path: bytes) -> str:
    """The bytes, one character each."""
    return path.decode("latin-1")


def document(row: RecordRow, library: str, host: str, change: int) -> dict[str, Any]:
    """The document of one record."""
    found: dict[str, Any] = {
        "library": library,
        "host": host,
        "path": row.path.decode("utf-8", "replace"),
        "path_key": path_key(row.path),
        "change": change,
        **{name: getattr(row, name) for name in _NUMBERS},
        "result": row.result,
        "layout": row.layout,
        "versions": row.versions,
        "fingerprints": b64encode(row.fingerprints).decode(),
    }
    result = stored_record(row).result
    if isinstance(result, ImageRecord):
        found["content"] = result.sha256.hex()
        found.update(_pdq_fields(result.fingerprint(PDQ)), **_feature_words(result), **_older_fields(result))
    return found


def row_of(source: dict[str, Any]) -> RecordRow:
    """The row of one document. Raises KeyError, TypeError or ValueError where it is damaged."""
    content = source.get("content")
    return RecordRow(
        **file_columns(source),
        sha256=None if content is None else bytes.fromhex(content),
        result=source["result"],
        layout=source["layout"],
        fingerprints=b64decode(source["fingerprints"]),
        versions=source["versions"],
    )


def file_columns(source: dict[str, Any]) -> dict[str, Any]:
    """Path and numbers of one document, by the names of a row. Raises KeyError, TypeError or ValueError."""
    return {"path": source["path_key"].encode("latin-1"), **{name: int(source[name]) for name in _NUMBERS}}


def known_file(source: dict[str, Any]) -> ImageFile:
    """The file of one document; of one that was copied from an older index only the path. Raises as `file_columns`."""
    return image_file(tuple(file_columns({**dict.fromkeys(_NUMBERS, 0), **source}).values()))


def stored(source: dict[str, Any]) -> StoredRecord:
    """The record of one document. Raises LookupError, TypeError or ValueError where it is damaged."""
    return stored_record(tuple(row_of(source)))


def picture_or_content(source: dict[str, Any]) -> ImageRecord:
    """The record of another host's picture; only its file and content where the rest cannot be read here.

    Raises LookupError, TypeError or ValueError where not even they can be.
    """
    try:
        result = stored(source).result
    except (LookupError, TypeError, ValueError):
        result = None
    if isinstance(result, ImageRecord):
        return result
    file = image_file(tuple(file_columns(source).values()))
    return ImageRecord(file, bytes.fromhex(source["content"]), ImageFacts(0, 0, "", "", detail=0.0))


def simple_words(signature: Sequence[int]) -> list[int]:
    """The 63 words of an image-match signature: 16 signs each as digits of base 3, the first one the lowest."""
    signs = [(value > 0) - (value < 0) for value in signature] + [0] * WORD_VALUES
    starts = [number * SIGNATURE_VALUES // SIMPLE_WORDS for number in range(SIMPLE_WORDS)]
    return [sum((signs[start + j] + 1) * 3**j for j in range(WORD_VALUES)) for start in starts]


def _pdq_fields(fingerprint: Fingerprint | None) -> dict[str, Any]:
    """Only the hash of the picture as it is shown: the question carries the turned and mirrored ones."""
    if fingerprint is None or len(fingerprint.value) < HASH_BYTES:
        return {}
    upright = fingerprint.value[:HASH_BYTES]
    numbers = {f"pdq_{quarter}": number for quarter, number in enumerate(quarters(upright))}
    return {"pdq_words": stored_words(upright), **numbers}


def word_version(version: int) -> str:
    """What stands among the words of every picture whose words were computed, also where it has none."""
    return f"v{version}"


def _feature_words(record: ImageRecord) -> dict[str, Any]:
    """The words of local features, each once."""
    fingerprint = record.fingerprint(WORDS)
    if fingerprint is None:
        return {}
    starts = range(WORDS_AT, len(fingerprint.value), POINT_BYTES)
    words = {int.from_bytes(fingerprint.value[start : start + 2], "little") for start in starts}
    return {"feature_words": [word_version(fingerprint.version), *sorted(words)]}


def _older_fields(record: ImageRecord) -> dict[str, Any]:
    """What the older program wrote for a picture; the signature only where it was computed."""
    file = record.file
    path = os.fsencode(file.path).decode("utf-8", "replace")
    fields: dict[str, Any] = {
        "timestamp": datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds"),
        "metadata": {
            "path": path,
            OLDER_MODEL_VERSION: 5,
            "filesize": file.size,
            "file_modification_date": file.mtime_ns / 1e9,
            "pixelcount": record.facts.pixel_count,
        },
    }
    return fields | signature_fields(_signature(record))


def signature_fields(signature: Sequence[int]) -> dict[str, Any]:
    """A signature of 648 values -2..2, with its words as the older program wrote them and as one field; or nothing."""
    if not signature:
        return {}
    words = simple_words(signature)
    return {
        "signature": list(signature),
        **{f"simple_word_{number}": word for number, word in enumerate(words)},
        "image_match_words": _in_one_field(words),
    }


def signature_words(record: ImageRecord) -> list[str]:
    """What `image_match_words` holds of a record; nothing where it has no signature."""
    signature = _signature(record)
    return _in_one_field(simple_words(signature)) if signature else []


def _in_one_field(words: Sequence[int]) -> list[str]:
    return [f"{number}_{word}" for number, word in enumerate(words)]


def _signature(record: ImageRecord) -> list[int]:
    """648 values -2..2, or none."""
    fingerprint = record.fingerprint(IMAGE_MATCH)
    if fingerprint is None or len(fingerprint.value) != SIGNATURE_VALUES:
        return []
    return [value - 256 if value > 127 else value for value in fingerprint.value]


def is_of(source: dict[str, Any], size: int, mtime_ns: int) -> bool:
    """Whether a document was made of a file as it is now; the older program kept times as seconds, to a microsecond."""
    metadata = source.get("metadata", {})
    modified = metadata.get("file_modification_date")
    return metadata.get("filesize") == size and modified is not None and abs(mtime_ns / 1e9 - modified) < 1e-5


def signature_value(source: dict[str, Any]) -> bytes:
    """The value of the fingerprint that the document's signature is."""
    return bytes(value & 0xFF for value in source["signature"])
