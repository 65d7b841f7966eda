"""The index as this program makes it: strict mappings, so that nothing is guessed; `_meta` says whose it is.

The fields of the older program's flat documents are there under their names and meanings: `path`, `signature`,
`simple_word_*`, `timestamp`, `metadata`.
"""

from typing import Any

SIMPLE_WORDS = 63
SCHEMA = 2  # counts changes of the mapping; 2 has `feature_words`
OWNER = "py-image-dedup"
OLDER_MODEL_VERSION = "py-image-dedup_datamodel-version"

# A search looks up 6,400 words in each segment, so their number is what it costs. A million pictures are 20 segments
# as the server would leave them.
FEW_SEGMENTS = {"segments_per_tier": 4, "max_merge_at_once": 4, "floor_segment": "16mb", "max_merged_segment": "20gb"}

_KEPT = {"index": False, "doc_values": False}  # is in the document, cannot be searched
_WORDS = {"type": "keyword", "doc_values": False}
_KEPT_TEXT = {"type": "keyword", **_KEPT}
_KEPT_NUMBER = {"type": "long", **_KEPT}

_RECORD: dict[str, Any] = {
    "library": {"type": "keyword"},
    "host": {"type": "keyword"},
    "path": {"type": "keyword", "ignore_above": 8191},
    "path_key": {"type": "keyword"},
    "content": {"type": "keyword"},
    "change": {"type": "long"},
    **dict.fromkeys(("size", "mtime_ns", "ctime_ns", "inode", "device", "links"), _KEPT_NUMBER),
    **dict.fromkeys(("result", "layout", "versions"), _KEPT_TEXT),
    "fingerprints": {"type": "binary"},
    "pdq_words": _WORDS,
    **{f"pdq_{quarter}": {"type": "long", "index": False} for quarter in range(4)},
    "image_match_words": _WORDS,
    "feature_words": {"type": "keyword"},  # with values of each document: they are counted, and come with hits
}
_OLDER: dict[str, Any] = {
    "signature": {"type": "short", **_KEPT},
    **{f"simple_word_{number}": {"type": "integer", "doc_values": False} for number in range(SIMPLE_WORDS)},
    "timestamp": {"type": "date"},
    "metadata": {
        "properties": {
            "path": _KEPT_TEXT,
            OLDER_MODEL_VERSION: {"type": "integer"},
            "filesize": {"type": "long"},
            "file_modification_date": {"type": "double"},
            "pixelcount": {"type": "long"},
            "exif_data": {"type": "object", "enabled": False},
        }
    },
}


def index_body(generation: str, older: str = "") -> dict[str, Any]:
    """What a new index is made of.

    `generation` is its own name among all indexes ever made, `older` the index whose documents are copied into it.
    """
    return {
        "settings": {
            "number_of_shards": 1,
            "auto_expand_replicas": "0-1",
            "codec": "best_compression",
            "refresh_interval": "30s",  # searches wait for a refresh of their own
            "merge.policy": FEW_SEGMENTS,
            "gc_deletes": "10m",  # how long a removal wins over an older write that arrives late
        },
        "mappings": {
            "dynamic": "strict",
            "_meta": {"owner": OWNER, "schema": SCHEMA, "generation": generation, "older": older},
            "properties": {**_RECORD, **_OLDER},
        },
    }


def additions(meta: dict[str, Any]) -> dict[str, Any]:
    """What an index of an earlier schema, with this `_meta`, lacks: fields may be added to a mapping at any time."""
    return {"_meta": {**meta, "schema": SCHEMA}, "properties": {"feature_words": _RECORD["feature_words"]}}


def is_ours(mapping: dict[str, Any] | None) -> bool:
    """Whether an index with this mapping was made by this program."""
    return mapping is not None and bool(mapping.get("_meta", {}).get("owner") == OWNER)
