"""What the store on a search server costs: python -m bench.search_server SERVER PICTURES [QUESTIONS [WORDS]]

With WORDS each picture has so many words of local features, and partners by words are searched too. SERVER is
elasticsearch8, elasticsearch9, opensearch2 or opensearch3: a real one is started beside this process, on the same
processors. The pictures are synthetic: hashes of even bits, 1 % of them near copies.
"""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from py_image_dedup.matching.candidates.by_hash import HammingCandidates, is_comparable
from py_image_dedup.matching.candidates.word_index import word_index
from py_image_dedup.matching.candidates.word_weights import asked_words, word_weights
from py_image_dedup.matching.geometry.points import POINT, words_of
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import Fingerprint, ImageFacts, ImageRecord, StoredRecord
from py_image_dedup.model.ports import CandidateIndex
from py_image_dedup.stores.elasticsearch import ElasticsearchStore
from py_image_dedup.stores.search_server.address import ServerAddress
from py_image_dedup.stores.search_server.candidates import ServerCandidates
from py_image_dedup.stores.search_server.feature_words import WordRule, open_word_search
from tests.support.search_server import SearchServer

BATCH = 5_000


def pictures(count: int, words: int = 0) -> Iterator[ImageRecord]:
    """Each hundredth is a copy of its predecessor with 10 bits changed."""
    random = np.random.default_rng(1)
    before = random.integers(0, 256, (8, 32), np.uint8)
    for number in range(count):
        hashes = random.integers(0, 256, (8, 32), np.uint8)
        if number % 100 == 99:
            bits = np.zeros(256, np.uint8)
            bits[random.choice(256, 10, replace=False)] = 1
            hashes = before ^ np.packbits(bits)
        before = hashes
        yield picture(number, hashes.tobytes(), pointed(random, words) if words else b"")


def pointed(random: np.random.Generator, words: int) -> bytes:
    """The fingerprint `words` of points of which one in three has a word that is frequent."""
    points = np.zeros(words, POINT)
    frequent = random.random(words) < 1 / 3
    points["word"] = np.where(frequent, random.random(words) ** 3, random.random(words)) * 65535
    return bytes(4) + points.tobytes()


def picture(number: int, hashes: bytes, words: bytes = b"") -> ImageRecord:
    path = f"/photos/{number // 1000:05}/IMG_{number:08}.jpg"
    file = ImageFile(path, "", 4_000_000, 10**18 + number, 10**18 + number, number, 1)
    facts = ImageFacts(4000, 3000, "JPEG", "RGB", exif_entries=30, camera="Canon EOS 5D", jpeg_quality=93)
    prints = (Fingerprint("pdq", 1, hashes + b"\x64"), *((Fingerprint("words", 1, words),) if words else ()))
    return ImageRecord(file, number.to_bytes(32, "big"), facts, prints)


@dataclass
class Watch:
    """Wall time, and processor time of this process and of the server, since it was made."""

    server: SearchServer

    def __post_init__(self) -> None:
        self.start = self._now()

    def _now(self) -> tuple[float, float, float]:
        return time.monotonic(), time.process_time(), self.server.processor_seconds()

    def each(self, count: int) -> str:
        """Milliseconds for each of `count` things."""
        wall, here, there = (1000 * (now - then) / count for now, then in zip(self._now(), self.start, strict=True))
        return f"{wall:.2f} ms (processor: {here:.2f} here, {there:.2f} server)"


def main(name: str, count: int, questions: int = 200, words: int = 0) -> None:
    records = list(pictures(count, words))
    with tempfile.TemporaryDirectory() as base, tempfile.TemporaryDirectory() as state:
        server = SearchServer(name, Path(base), options=("-Xms2g", "-Xmx2g"))
        try:
            measure(ElasticsearchStore(ServerAddress(hosts=(server.start(),)), state), server, records, questions)
        finally:
            server.stop()


def measure(store: ElasticsearchStore, server: SearchServer, records: Sequence[ImageRecord], questions: int) -> None:
    count, watch = len(records), Watch(server)
    for at in range(0, count, BATCH):
        store.put_many(StoredRecord(record, (("pdq", 1),)) for record in records[at : at + BATCH])
    store.settle()
    print(f"{store.server}: {count} pictures", f"  indexed: {watch.each(count)} a picture", sep="\n", flush=True)
    local = HammingCandidates()
    remote = ServerCandidates(store, local, local.radius, is_comparable)
    step = max(1, count // questions)
    new = [record for number, record in enumerate(records) if number % step == step - 1][:questions]
    list(remote.candidates(new, records))  # the server compiles
    search(f"by the server, {segments(store)} segments", remote, server, new, records)
    store.server.ask("POST", "/images/_forcemerge", None, {"max_num_segments": "1"})
    size = store.server.ask("GET", "/images/_stats/store")["_all"]["total"]["store"]["size_in_bytes"]
    print(f"  {size / count:.0f} bytes a picture")
    list(remote.candidates(new[: len(new) // 4], records))
    search("by the server, merged", remote, server, new, records)
    search("in this process", local, server, new, records)
    if new[0].fingerprint("words"):
        search_words(store, server, new, records)
    watch = Watch(server)
    listed = sum(1 for _ in store.under(["/"]))
    print(f"  listed: {watch.each(listed)} a record")
    store.close()


def search_words(
    store: ElasticsearchStore, server: SearchServer, new: Sequence[ImageRecord], all_: Sequence[ImageRecord]
) -> None:
    """Partners by words: making ready, then the best 40 of each picture."""
    watch = Watch(server)
    on_server = open_word_search(store, WordRule(word_weights, asked_words), all_)
    print(f"  words ready on the server: {watch.each(1)} in all", flush=True)
    watch = Watch(server)
    here = word_index([record.sha256 for record in all_], [words_of(record)[0] for record in all_])
    print(f"  words ready in this process: {watch.each(1)} in all", flush=True)
    questions = [words_of(record)[0] for record in new]
    list(on_server.best(questions[: len(new) // 4], 40))  # the server compiles
    answers = []
    for where, index in (("by the server", on_server), ("in this process", here)):
        watch = Watch(server)
        answers.append([list(votes) for votes in index.best(questions, 40)])
        print(f"  words searched {where}: {watch.each(len(new))} a picture", flush=True)
    print(f"  the same answers: {answers[0] == answers[1]}", flush=True)


def segments(store: ElasticsearchStore) -> int:
    """How many the server has made of the index by itself."""
    return int(store.server.ask("GET", "/images/_stats/segments")["_all"]["primaries"]["segments"]["count"])


def search(
    where: str, index: CandidateIndex, server: SearchServer, new: Sequence[ImageRecord], all_: Sequence[ImageRecord]
) -> None:
    watch = Watch(server)
    found = len(list(index.candidates(new, all_)))
    print(f"  searched {where}: {watch.each(len(new))} a picture, {found} found", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
