"""Writes an index of synthetic pictures: python -m bench.synthetic_library PHOTOS PICTURES FOLDER

FOLDER/index.sqlite takes 4.7 KB a picture: the words of `synthetic_words`, and hashes that are near to no other.
A million take ten minutes of processor time; `bench.first_search` then searches them as often as wanted.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.synthetic_words import SyntheticWords, lean_record, photographs
from py_image_dedup.matching.candidates.by_hash import PDQ, PDQ_VALUE_BYTES
from py_image_dedup.model.images import Fingerprint, ImageRecord, StoredRecord
from py_image_dedup.stores.sqlite import SqliteStore

PHOTOGRAPHS = 400
AT_ONCE = 1_000
VERSIONS = ((PDQ, 1), ("words", 1))


def record_of(number: int) -> ImageRecord:
    """The record of picture `number` as a run holds it, its hash included."""
    bare = lean_record(number)
    value = np.random.Generator(np.random.PCG64(number)).bytes(PDQ_VALUE_BYTES)
    return replace(bare, fingerprints=(Fingerprint(PDQ, 1, value), *bare.fingerprints))


def batches(words: SyntheticWords, pictures: int) -> Iterator[list[StoredRecord]]:
    """All records with their words, some at a time."""
    for start in range(0, pictures, AT_ONCE):
        part = [record_of(number) for number in range(start, min(pictures, start + AT_ONCE))]
        yield [StoredRecord(record, VERSIONS) for record in words(part)]


def main() -> None:
    """Write the index."""
    words = SyntheticWords(photographs(Path(sys.argv[1]), PHOTOGRAPHS))
    folder = Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    store = SqliteStore(str(folder / "index.sqlite"))
    for batch in batches(words, int(sys.argv[2])):
        store.put_many(batch)
    store.close()


if __name__ == "__main__":
    main()
