"""Which contents may show a part of each other: they share rare words, and their points lie alike.

Each new picture asks for the pictures that share the most, as it is and mirrored. Of those only the pairs remain whose
points agree on one map. No picture is read for it.
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from py_image_dedup.matching.candidates.by_hash import CODE_BITS, is_comparable
from py_image_dedup.matching.candidates.nearest import nearest
from py_image_dedup.matching.candidates.word_search import Complete, OpenWordSearch, as_they_are
from py_image_dedup.model.images import DETAIL_FLOOR, ImageRecord
from py_image_dedup.model.matches import Candidate
from py_image_dedup.model.ports import CandidateIndex

if TYPE_CHECKING:
    from py_image_dedup.matching.candidates.spread_search import SpreadSearch
    from py_image_dedup.matching.candidates.word_search import WordSearch

WORD_CANDIDATES_VERSION = 3
WORDS = "words"
# Fewer new pictures are asked for in this process: in the time that workers need to start and to share the index.
SPREAD_FROM = 1_000


def search_in_memory(records: Sequence[ImageRecord]) -> "WordSearch":
    """An `OpenWordSearch` for records that hold their words: an index made for this once."""
    from py_image_dedup.matching.candidates.word_index import word_index
    from py_image_dedup.matching.geometry.points import words_of

    return word_index([r.sha256 for r in records], [words_of(r)[0] for r in records])


@dataclass(frozen=True, slots=True)
class WordCandidates:
    """A `CandidateIndex`: what `near` finds by hashes, then what shares words.

    Pictures without words are left to `near`. `complete` fetches words that the records do not hold; `open_search`
    makes the search among all pictures ready; `spread`, if any, takes many questions to worker processes.
    """

    near: CandidateIndex
    detail_floor: float = DETAIL_FLOOR
    comparison_version: int = 1  # of the comparison of edited copies
    open_search: OpenWordSearch = search_in_memory
    complete: Complete = as_they_are
    spread: "Callable[[], SpreadSearch] | None" = None

    @property
    def method(self) -> str:
        """Name and version of both searches and of the comparison that follows."""
        return f"{self.near.method}+words-{WORD_CANDIDATES_VERSION}+edited-{self.comparison_version}"

    def candidates(self, new: Sequence[ImageRecord], all_: Sequence[ImageRecord]) -> Iterator[Candidate]:
        """Give each pair once, left < right."""
        found = set()
        for candidate in self.near.candidates(new, all_):
            found.add((candidate.left, candidate.right))
            yield candidate
        yield from self._sharing_words(new, all_, found)

    def _sharing_words(
        self, new: Sequence[ImageRecord], all_: Sequence[ImageRecord], known: Container[tuple[bytes, bytes]]
    ) -> Iterator[Candidate]:
        from py_image_dedup.matching.candidates.word_pairs import WordPairs

        by_content = {r.sha256: r for r in all_ if is_comparable(r, self.detail_floor) and r.fingerprint(WORDS)}
        # Folder by folder: pictures of one have partners in common, and lie side by side in the index.
        fresh = sorted({r.sha256 for r in new if r.sha256 in by_content}, key=lambda c: by_content[c].file.path)
        if not fresh or len(by_content) < 2:
            return
        partners = self._partners(fresh, by_content)
        for one, other in WordPairs(by_content, known).named(fresh, partners):
            candidate = nearest(one, other)
            if candidate is not None:
                yield candidate

    def _partners(self, asking: Sequence[bytes], by_content: Mapping[bytes, ImageRecord]) -> Iterator[Sequence[bytes]]:
        """Those of each picture, by workers or here. Workers have words from where all records have left theirs."""
        from py_image_dedup.matching.candidates.word_index import WordIndex
        from py_image_dedup.matching.candidates.word_pairs import AlikePartners

        records = [by_content[content] for content in sorted(by_content)]
        search = self.open_search(records)
        is_spread = len(asking) >= SPREAD_FROM and all(map(_is_lean, records))
        if self.spread is not None and is_spread and isinstance(search, WordIndex):
            return self.spread().partners(asking, search, records)
        return AlikePartners(by_content, self.complete).of(asking, search)


def _is_lean(record: ImageRecord) -> bool:
    words = record.fingerprint(WORDS)
    return words is not None and not words.value


def is_by_words(candidate: Candidate, radius_bits: int) -> bool:
    """Whether hashes alone would not have brought up this pair."""
    return candidate.distance * CODE_BITS > radius_bits
