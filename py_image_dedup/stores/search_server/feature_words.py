"""Which pictures share rare words, asked of the server: exactly those that the search in this process finds.

The weights of words are such that the server adds them up without rounding: its score is the votes. A few more pictures
than wanted are asked for; where one that was not given could still belong to the best, as it has as many votes as the
last of these, all with so many are fetched.

A module of its own, so that numpy is loaded only where words are searched.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from py_image_dedup.model.images import ImageRecord
from py_image_dedup.stores.elasticsearch import READ_AT_ONCE, ElasticsearchStore
from py_image_dedup.stores.search_server.documents import WORDS, word_version
from py_image_dedup.stores.search_server.paging import pages

FIELD = "feature_words"
NUMBERS = 1 << 16  # words are numbers below
PARTS = 2  # of the count of words: a server gives at most 65,535 of them at once
PART_SIZE, CONTENTS_AT_ONCE = 65_535, 10_000
ASKED_AT_ONCE = 16  # pictures in one request
SPARE = 24  # hits beyond those wanted: copies of a file, and pictures that are not in question

Words = npt.NDArray[np.uint16]
Counts = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float32]
Vote = tuple[bytes, float]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WordRule:
    """How much words count, and which are asked for: the same rule wherever they are searched."""

    weights: Callable[[Counts, int], Weights]  # how many pictures have each word, and how many there are
    asked: Callable[[Words, Counts, Weights], Words]


@dataclass(frozen=True, slots=True)
class ServerWordSearch:
    """Finds the pictures `present` in the index of `store`; made by `open_word_search`."""

    store: ElasticsearchStore
    rule: WordRule
    version: int
    present: Collection[bytes]
    held: Counts
    weights: Weights

    def best(self, questions: Iterable[Words], wanted: int) -> Iterator[Sequence[Vote]]:
        """For each question the `wanted` pictures with the most votes, then by content.

        Raises StoreUnavailable where an answer is not complete.
        """
        rest = iter(questions)
        while part := [self._asked(words) for words in islice(rest, ASKED_AT_ONCE)]:
            bodies = [self._question(asked) for asked in part if len(asked)]
            first = {"size": wanted + SPARE, "track_total_hits": False}
            answers = iter(self.store.server.searches([{**b, **first} for b in bodies], self.store.index.alias))
            for asked in part:
                hits = next(answers)["hits"]["hits"] if len(asked) else []
                yield self._best(asked, hits, wanted)

    def most(self, words: Words) -> float:
        """The votes of a picture that has all of these words."""
        return float(self.weights[self._asked(words)].sum())

    def _asked(self, words: Words) -> Words:
        return self.rule.asked(words, self.held, self.weights)

    def _question(self, asked: Words) -> Json:
        weighed = zip(asked.tolist(), self.weights[asked].tolist(), strict=True)
        should = [{"constant_score": {"filter": {"term": {FIELD: str(w)}}, "boost": boost}} for w, boost in weighed]
        query = {"filter": _mine(self.store, self.version), "should": should, "minimum_should_match": 1}
        return {"query": {"bool": query}, "_source": False, "docvalue_fields": ["content"]}

    def _best(self, asked: Words, hits: Sequence[Json], wanted: int) -> Sequence[Vote]:
        votes = self._votes(hits)
        if len(hits) == wanted + SPARE:
            least = votes[wanted - 1][1] if len(votes) >= wanted else 0.0
            if least <= _in_32_bits(hits[-1]["_score"]):
                question = {**self._question(asked), "track_scores": True, "min_score": least}
                votes = self._votes(pages(self.store.server, self.store.index.alias, question, ["content", "path_key"]))
        return votes[:wanted]

    def _votes(self, hits: Iterable[Json]) -> list[Vote]:
        """The votes of those in question, best first."""
        found = {bytes.fromhex(hit["fields"]["content"][0]): _in_32_bits(hit["_score"]) for hit in hits}
        in_question = [(content, votes) for content, votes in found.items() if content in self.present]
        return sorted(in_question, key=lambda vote: (-vote[1], vote[0]))


def open_word_search(store: ElasticsearchStore, rule: WordRule, records: Sequence[ImageRecord]) -> ServerWordSearch:
    """What searches these pictures, which have words, one for each content.

    Raises StoreUnavailable where the server does not have all of them.
    """
    store.settle()
    version = next(f.version for f in records[0].fingerprints if f.method == WORDS)
    present = {record.sha256 for record in records}
    files = _with_words(store, version, records)
    held = _held(store, version)
    surplus = {content: count - (content in present) for content, count in files.items()}
    for content, words in _words_of(store, version, [content for content, more in surplus.items() if more]):
        held[words] -= surplus[content]
    return ServerWordSearch(store, rule, version, present, held, rule.weights(held, len(records)))


def _with_words(store: ElasticsearchStore, version: int, records: Sequence[ImageRecord]) -> dict[bytes, int]:
    """How many documents with words each content has. Documents from before words were written are written again."""
    files = _files(store, version)
    missing = [record.file.path for record in records if record.sha256 not in files]
    if not missing:
        return files
    for start in range(0, len(missing), READ_AT_ONCE):
        store.put_many(store.get_many(missing[start : start + READ_AT_ONCE]).values())
    store.settle()
    files = _files(store, version)
    lost = sum(record.sha256 not in files for record in records)
    if lost:
        raise store.server.no_answer(f"{lost} pictures have no words in the index {store.index.index!r}")
    return files


def _files(store: ElasticsearchStore, version: int) -> dict[bytes, int]:
    found: dict[bytes, int] = {}
    paged: Json = {"size": CONTENTS_AT_ONCE, "sources": [{"content": {"terms": {"field": "content"}}}]}
    while True:
        counted = _counted(store, version, {"composite": paged})
        found.update((bytes.fromhex(b["key"]["content"]), b["doc_count"]) for b in counted["buckets"])
        if "after_key" not in counted:
            return found
        paged["after"] = counted["after_key"]


def _held(store: ElasticsearchStore, version: int) -> Counts:
    """How many documents have each word."""
    held = np.zeros(NUMBERS, np.int64)
    for part in range(PARTS):
        include = {"partition": part, "num_partitions": PARTS}
        counted = _counted(store, version, {"terms": {"field": FIELD, "size": PART_SIZE, "include": include}})
        if counted["sum_other_doc_count"] or counted["doc_count_error_upper_bound"]:
            raise store.server.no_answer("words were counted in part")
        for bucket in counted["buckets"]:
            if bucket["key"].isdigit():
                held[int(bucket["key"])] = bucket["doc_count"]
    return held


def _words_of(store: ElasticsearchStore, version: int, contents: Sequence[bytes]) -> Iterator[tuple[bytes, Words]]:
    """The words of each of these contents, once."""
    for start in range(0, len(contents), READ_AT_ONCE):
        part = [content.hex() for content in contents[start : start + READ_AT_ONCE]]
        query = {"bool": {"filter": [*_mine(store, version), {"terms": {"content": part}}]}}
        body = {"query": query, "_source": False, "docvalue_fields": ["content", FIELD]}
        before = ""
        for hit in pages(store.server, store.index.alias, body, ["content", "path_key"]):
            content = hit["fields"]["content"][0]
            if content != before:
                yield bytes.fromhex(content), _numbers(hit["fields"][FIELD])
            before = content


def _counted(store: ElasticsearchStore, version: int, counting: Json) -> Json:
    body = {"size": 0, "query": {"bool": {"filter": _mine(store, version)}}, "aggs": {"counted": counting}}
    answer: Json = store.server.search(body, store.index.alias)["aggregations"]["counted"]
    return answer


def _mine(store: ElasticsearchStore, version: int) -> list[Json]:
    return [{"term": {"library": store.library}}, {"term": {FIELD: word_version(version)}}]


def _numbers(terms: Iterable[str]) -> Words:
    return np.array([int(term) for term in terms if term.isdigit()], np.uint16)


def _in_32_bits(score: float) -> float:
    """The number of 32 bits that is meant: it is sent with as few digits as tell it from its neighbours."""
    return float(np.float32(score))
