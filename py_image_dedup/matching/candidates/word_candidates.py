"""Which contents may show a part of each other: they share rare words, and their points lie alike.

Each new picture asks the inverted index for the pictures that share the most, as it is and mirrored. Of those only the
pairs remain whose points agree on one map. No picture is read for it.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from py_image_dedup.matching.candidates.by_hash import CODE_BITS, is_comparable
from py_image_dedup.matching.candidates.nearest import nearest
from py_image_dedup.model.images import DETAIL_FLOOR, ImageRecord
from py_image_dedup.model.matches import Candidate
from py_image_dedup.model.ports import CandidateIndex

WORD_CANDIDATES_VERSION = 1
WORDS = "words"


@dataclass(frozen=True, slots=True)
class WordCandidates:
    """A `CandidateIndex`: what `near` finds by hashes, then what shares words.

    Pictures without words are left to `near`.
    """

    near: CandidateIndex
    detail_floor: float = DETAIL_FLOOR
    comparison_version: int = 1  # of the comparison of edited copies

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
        from py_image_dedup.matching.candidates.word_pairs import pairs_by_words

        by_content = {r.sha256: r for r in all_ if is_comparable(r, self.detail_floor) and r.fingerprint(WORDS)}
        contents = sorted(by_content)
        asked = {record.sha256 for record in new}
        is_new = [content in asked for content in contents]
        for one, other in pairs_by_words([by_content[c] for c in contents], is_new, known):
            candidate = nearest(one, other)
            if candidate is not None:
                yield candidate


def is_by_words(candidate: Candidate, radius_bits: int) -> bool:
    """Whether hashes alone would not have brought up this pair."""
    return candidate.distance * CODE_BITS > radius_bits
