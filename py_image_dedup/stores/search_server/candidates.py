"""Which contents are worth comparing, asked of the server: exactly those that the local search finds, no other.

The server finds all hashes within the radius by their words and counts the differing bits itself, so that only true
neighbours travel. Which orientation a neighbour has, and which of two new pictures asks for the other, is left to the
local search among the few that were found: one rule in one place.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import Candidate
from py_image_dedup.model.ports import CandidateIndex
from py_image_dedup.stores.elasticsearch import ElasticsearchStore
from py_image_dedup.stores.search_server.bands import GREATEST_RADIUS, HASH_BYTES, quarters
from py_image_dedup.stores.search_server.documents import PDQ, signature_words
from py_image_dedup.stores.search_server.paging import pages

ORIENTATIONS = 8
LEAST_PICTURES = 1_000_000  # below, the local search is made ready in less than a second or two
MOST_NEW_SHARE = 1 / 20_000  # 50 questions to the server cost as much as making the local search ready for a million
ASKED_AT_ONCE = 32  # pictures in one request
FIRST_PAGE = 500  # hits of one picture that come at once; more come page by page

# Half of the bits rule out nearly all that share a word by chance.
_WITHIN = (
    "int n = Long.bitCount(doc['pdq_0'].value ^ (long) params.a) + Long.bitCount(doc['pdq_1'].value ^ (long) params.b);"
    " if (n > params.radius) { return false; }"
    " n += Long.bitCount(doc['pdq_2'].value ^ (long) params.c) + Long.bitCount(doc['pdq_3'].value ^ (long) params.d);"
    " return n <= params.radius;"
)


@dataclass(frozen=True, slots=True)
class ServerCandidates:
    """A `CandidateIndex` on the server of `store`. `exact` is the local search within the same `radius` bits.

    `comparable` says which pictures are asked for at all. `shared_words` is given where the local search also finds
    pictures by their image-match signatures: it is how many words two of them share at least. Raises StoreUnavailable
    where an answer is not complete.
    """

    store: ElasticsearchStore
    exact: CandidateIndex
    radius: int
    comparable: Callable[[ImageRecord], bool]
    shared_words: int | None = None

    def __post_init__(self) -> None:
        if self.radius > GREATEST_RADIUS:
            raise ValueError(f"the server finds hashes within {GREATEST_RADIUS} bits, not within {self.radius}")

    @property
    def method(self) -> str:
        """That of the local search: the answers are the same."""
        return self.exact.method

    def candidates(self, new: Sequence[ImageRecord], all_: Sequence[ImageRecord]) -> Iterator[Candidate]:
        """Give each pair once, left < right, in the order of the local search."""
        self.store.settle()
        by_content = {record.sha256: record for record in all_ if self.comparable(record)}
        fresh = {record.sha256 for record in new}
        asked = [by_content[content] for content in sorted(fresh & by_content.keys())]
        for start in range(0, len(asked), ASKED_AT_ONCE):
            part = asked[start : start + ASKED_AT_ONCE]
            near = self._near(part) & by_content.keys()
            asking = {record.sha256 for record in part}
            group = [by_content[content] for content in near | asking]
            for candidate in self.exact.candidates(part, group):
                if candidate.left in asking or not {candidate.left, candidate.right} <= fresh:
                    yield candidate

    def _near(self, records: Sequence[ImageRecord]) -> set[bytes]:
        """The contents within the radius of any of these, in any orientation."""
        server, alias = self.store.server, self.store.index.alias
        bodies = [body for record in records for body in self._questions(record)]
        first = {"size": FIRST_PAGE, "sort": ["_doc"], "track_total_hits": False}
        found: set[bytes] = set()
        for body, answer in zip(bodies, server.searches([{**b, **first} for b in bodies], alias), strict=True):
            hits = answer["hits"]["hits"]
            if len(hits) == FIRST_PAGE:
                hits = pages(server, alias, body, ["content", "path_key"])
            found.update(bytes.fromhex(hit["fields"]["content"][0]) for hit in hits)
        return found

    def _questions(self, record: ImageRecord) -> Iterator[dict[str, Any]]:
        yield self._contents_with(self._near_hashes(record))
        words = signature_words(record) if self.shared_words is not None else []
        if words:
            sharing = [{"term": {"image_match_words": word}} for word in words]
            yield self._contents_with({"bool": {"should": sharing, "minimum_should_match": self.shared_words}})

    def _contents_with(self, condition: dict[str, Any]) -> dict[str, Any]:
        """The question for the contents of this library for which the condition holds."""
        mine = {"term": {"library": self.store.library}}
        return {
            "query": {"bool": {"filter": [mine, condition]}},
            "_source": False,
            "docvalue_fields": ["content"],
        }

    def _near_hashes(self, record: ImageRecord) -> dict[str, Any]:
        from py_image_dedup.stores.search_server.asked_bands import asked_words

        fingerprint = record.fingerprint(PDQ)
        assert fingerprint is not None, "comparable pictures have one"
        hashes = fingerprint.value[: ORIENTATIONS * HASH_BYTES]
        within = [
            self._within(hashes[turned * HASH_BYTES :][:HASH_BYTES], words)
            for turned, words in enumerate(asked_words(hashes))
        ]
        return {"bool": {"should": within, "minimum_should_match": 1}}

    def _within(self, value: bytes, asked: Sequence[Sequence[int]]) -> dict[str, Any]:
        """Hashes within the radius of one: found by the words they share, then counted."""
        numbers = dict(zip("abcd", quarters(value), strict=True))
        script = {"source": _WITHIN, "params": {**numbers, "radius": self.radius}}
        sharing = [{"terms": {"pdq_words": words}} for words in asked]
        return {"bool": {"filter": [*sharing, {"script": {"script": script}}]}}


@dataclass(frozen=True, slots=True)
class CandidatesWhereItPays:
    """A `CandidateIndex`: the server's for few new pictures in a large library, the local one's otherwise.

    Both give the same answers in the same order.
    """

    on_server: ServerCandidates

    @property
    def method(self) -> str:
        """That of both."""
        return self.on_server.method

    def candidates(self, new: Sequence[ImageRecord], all_: Sequence[ImageRecord]) -> Iterator[Candidate]:
        """Give each pair once, left < right, in the order of the local search."""
        pays = len(all_) >= LEAST_PICTURES and len(new) <= MOST_NEW_SHARE * len(all_)
        return (self.on_server if pays else self.on_server.exact).candidates(new, all_)
