"""Words are searched on the server for few new pictures in a large library whose words are not kept on this machine.

Where they are kept, this process has an answer in a hundredth of the server's time.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, Protocol

from py_image_dedup.model.images import ImageRecord
from py_image_dedup.stores.search_server.candidates import LEAST_PICTURES, MOST_NEW_SHARE

if TYPE_CHECKING:
    from py_image_dedup.stores.search_server.feature_words import Vote, Words


class WordSearch(Protocol):
    """Either search: both give the same answers in the same order."""

    def best(self, questions: "Iterable[Words]", wanted: int) -> "Iterator[Sequence[Vote]]":
        """For each question the `wanted` pictures with the most votes."""
        ...

    def most(self, words: "Words") -> float:
        """The votes of a picture that has all of these words."""
        ...


Open = Callable[[Sequence[ImageRecord]], WordSearch]


@dataclass(frozen=True, slots=True)
class WordsWhereItPays:
    """Makes the search among records ready, here or on the server. `kept`: whether words are kept on this machine."""

    here: Open
    on_server: Open
    kept: Callable[[], bool]

    def __call__(self, records: Sequence[ImageRecord]) -> WordSearch:
        """Which of the two it is shows once it is known how many questions there are."""
        if len(records) < LEAST_PICTURES or self.kept():
            return self.here(records)
        return _ByQuestions(self, records, int(MOST_NEW_SHARE * len(records)))


@dataclass(slots=True)
class _ByQuestions:
    choice: WordsWhereItPays
    records: Sequence[ImageRecord]
    few: int
    _opened: dict[Open, WordSearch] = field(default_factory=dict, init=False)

    def best(self, questions: "Iterable[Words]", wanted: int) -> "Iterator[Sequence[Vote]]":
        rest = iter(questions)
        first = list(islice(rest, self.few + 1))
        where = self.choice.here if len(first) > self.few else self.choice.on_server
        yield from self._open(where).best(chain(first, rest), wanted)

    def most(self, words: "Words") -> float:
        opened = next(iter(self._opened.values()), None) or self._open(self.choice.here)
        return opened.most(words)

    def _open(self, where: Open) -> WordSearch:
        if where not in self._opened:
            self._opened[where] = where(self.records)
        return self._opened[where]
