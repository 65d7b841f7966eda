"""Indexes of this program's versions 1 and 2: what their documents hold, whatever shape it came in.

Flat documents {path, signature, simple_word_0 .. 62, timestamp, metadata}; the same within `_doc` or `image`; mappings
made by hand, by the program or by guess. Only the documents are read, so the mapping does not matter.
"""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from py_image_dedup.stores.search_server.documents import SIGNATURE_VALUES, path_key, signature_fields
from py_image_dedup.stores.search_server.mappings import OLDER_MODEL_VERSION, is_ours

WRAPPERS = ("_doc", "image")
MODEL_VERSION = 5
FIRST_CHANGE = 10**17  # changes of this version are nanoseconds since 1970, older ones stay below
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_METADATA = ("path", OLDER_MODEL_VERSION, "filesize", "file_modification_date", "pixelcount", "exif_data")


def is_older(mapping: dict[str, Any] | None) -> bool:
    """Whether an index with this mapping holds documents of an older version."""
    if mapping is None or is_ours(mapping):
        return False
    properties = mapping.get("properties", {})
    shapes = [properties, *(properties.get(name, {}).get("properties", {}) for name in WRAPPERS)]
    return any({"path", "signature", "metadata"} <= shape.keys() for shape in shapes)


def older_document(source: dict[str, Any], library: str, host: str) -> dict[str, Any] | None:
    """The document of the present kind; None where there is no path, or it is of another model.

    It has no record: it serves its signature until the file is next read. Its `change` is the time it was written, so
    that of several documents for one path the latest stays.
    """
    inner = next((source[name] for name in WRAPPERS if isinstance(source.get(name), dict)), source)
    path, metadata = inner.get("path"), inner.get("metadata")
    if (
        not isinstance(path, str)
        or not isinstance(metadata, dict)
        or metadata.get(OLDER_MODEL_VERSION) != MODEL_VERSION
    ):
        return None
    return {
        "library": library,
        "host": host,
        "path": path,
        "path_key": path_key(os.fsencode(path)),
        "change": _written_at(inner.get("timestamp")),
        "metadata": {name: metadata[name] for name in _METADATA if name in metadata},
        **({"timestamp": inner["timestamp"]} if inner.get("timestamp") else {}),
        **(signature_fields(inner["signature"]) if _is_signature(inner.get("signature")) else {}),
    }


def _is_signature(value: object) -> bool:
    return isinstance(value, Sequence) and len(value) == SIGNATURE_VALUES and all(v in range(-2, 3) for v in value)


def _written_at(timestamp: object) -> int:
    """Microseconds since 1970; 1 where the time cannot be read."""
    try:
        moment = datetime.fromisoformat(str(timestamp))
    except ValueError:
        return 1
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(1, (aware - _EPOCH) // datetime.resolution)
