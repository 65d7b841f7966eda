"""What searches pictures by their words: in this process or on a server, by the one rule of `word_weights`."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from py_image_dedup.matching.candidates.word_weights import Words
    from py_image_dedup.model.images import ImageRecord

Vote = tuple[bytes, float]
"""A content (SHA-256), and the sum of the weights of the words that it shares."""


class WordSearch(Protocol):
    """Knows the words of all pictures in question, and of no others."""

    def best(self, questions: "Iterable[Words]", wanted: int) -> Iterator[Sequence[Vote]]:
        """For each question, in order, at most `wanted` pictures that share words: the most votes first, then by
        content. Questions are taken as answers are wanted, a few ahead where that is cheaper.
        """
        ...

    def most(self, words: "Words") -> float:
        """The votes of a picture that has all of these words."""
        ...


class OpenWordSearch(Protocol):
    """Makes what searches these pictures ready."""

    def __call__(self, records: "Sequence[ImageRecord]", /) -> WordSearch:
        """`records` have words, one for each content, in the order of the contents."""
        ...


class Complete(Protocol):
    """Gives records what is too large to be held for all of them at once: the words."""

    def __call__(self, records: "Sequence[ImageRecord]", /) -> "Sequence[ImageRecord]":
        """The same records in the same order, complete; those that nobody knows any more as they are."""
        ...


def as_they_are(records: "Sequence[ImageRecord]") -> "Sequence[ImageRecord]":
    """A `Complete` for records that hold everything."""
    return records
