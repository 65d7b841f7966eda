"""What searching edited copies by words costs: python -m bench.word_search PHOTOS PICTURES [QUESTIONS]

PHOTOS is a folder of photographs from which the words of PICTURES synthetic ones are drawn (`synthetic_words`). Prints
processor times of one process without what making the pictures took: the index made and kept, opened again in the next
run, one new picture added to it and asked for; and the first search, from QUESTIONS of all pictures: the votes alone,
and with the points of partners looked at. Reading words from the index of records, 0.05 ms a record, comes on top.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.synthetic_words import SyntheticWords, lean_record, photographs
from py_image_dedup.matching.candidates.kept_words import KeptWordSearch
from py_image_dedup.matching.candidates.word_index import WordIndex
from py_image_dedup.matching.candidates.word_pairs import (
    LOOKED_THROUGH,
    MIRRORED_PARTNERS,
    PARTNERS,
    AlikePartners,
)
from py_image_dedup.matching.geometry.points import words_of
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.stores.word_segments import WordSegmentFile

PHOTOGRAPHS = 400
SINGLE = 100  # new pictures asked for one by one


class Watch:
    """Tells processor times, without those of making pictures."""

    def __init__(self, words: SyntheticWords) -> None:
        self._words = words

    @contextmanager
    def told(self, what: str, share: int) -> Iterator[None]:
        """Inside, something is done to `share` pictures."""
        began_s, made_s = time.process_time(), self._words.spent_s
        yield
        spent_s = time.process_time() - began_s - (self._words.spent_s - made_s)
        print(f"{what:58s} {spent_s:9.2f} s {spent_s / share * 1000:9.3f} ms each", flush=True)


def main() -> None:
    """Measure and print."""
    words = SyntheticWords(photographs(Path(sys.argv[1]), PHOTOGRAPHS))
    pictures, questions = int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 300
    watch = Watch(words)
    records = sorted((lean_record(number) for number in range(pictures)), key=lambda r: r.sha256)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "words.sqlite"
        with watch.told(f"{pictures:,} pictures: index made and kept", pictures):
            KeptWordSearch(WordSegmentFile(str(file)), words)(records)
        print(f"kept: {file.stat().st_size / pictures:.0f} bytes a picture")
        with watch.told("opened again", 1):
            KeptWordSearch(WordSegmentFile(str(file)), words)(records)
        records = sorted([*records, lean_record(pictures)], key=lambda r: r.sha256)
        with watch.told("opened again with one new picture, which is added", 1):
            search = KeptWordSearch(WordSegmentFile(str(file)), words)(records)
    asked(search, words, records, questions, watch)
    print(f"memory at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def asked(
    search: WordIndex, words: SyntheticWords, records: Sequence[ImageRecord], questions: int, watch: Watch
) -> None:
    """Ask for some pictures, from the middle of all."""
    middle = len(records) // 2
    asking = records[middle : middle + questions]
    single = [words_of(record) for record in words(asking[:SINGLE])]
    with watch.told("one picture asked for, as it is and mirrored", len(single)):
        for plain, mirrored in single:
            list(search.best([plain], LOOKED_THROUGH * PARTNERS))
            list(search.best([mirrored], LOOKED_THROUGH * MIRRORED_PARTNERS))
    partners = AlikePartners({record.sha256: record for record in records}, words)
    with watch.told("the same with the points of partners, as in a first search", len(asking)):
        found = sum(map(len, partners.of([record.sha256 for record in asking], search)))
    print(f"strangers whose points lie alike: {found / len(asking):.3f} a picture")


if __name__ == "__main__":
    main()
