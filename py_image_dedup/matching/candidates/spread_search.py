"""A first search by words, spread over worker processes that share one index in memory.

The pictures go out some at a time, the answers come back in their order: what is found does not depend on how many
processes there are. What a worker could not answer is asked here.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from py_image_dedup.matching.candidates.mapped import Mapped, mapped
from py_image_dedup.matching.candidates.picture_table import picture_table
from py_image_dedup.matching.candidates.word_index import WordIndex
from py_image_dedup.matching.candidates.word_pairs import AlikePartners
from py_image_dedup.matching.candidates.word_search import Complete
from py_image_dedup.model.images import ImageRecord

ASKED_AT_ONCE = 64  # half a second among a million pictures

Batch = tuple[int, tuple[bytes, ...]]
"""Its number, and contents."""
Named = tuple[Sequence[bytes], ...]


@dataclass(frozen=True, slots=True)
class Partners:
    """The partners of each picture of a batch."""

    named: Named


@dataclass(frozen=True, slots=True)
class PartnersTask:
    """Names the partners of pictures; runs in a worker process. `complete` opens what it reads in that process."""

    index: Mapped
    complete: Complete
    reads_ahead: bool = True  # whether another thread may call `complete`

    def __call__(self, batch: Batch) -> Partners:
        """The partners of each picture."""
        search, partners = _opened(self)
        return Partners(tuple(partners.of(batch[1], search)))


class PartnersPool(Protocol):
    """Worker processes that run a `PartnersTask`; an item whose worker fails gets something else than `Partners`."""

    def map(self, items: Iterable[Batch]) -> Iterator[tuple[Batch, object]]:
        """One answer an item, in any order."""
        ...


@dataclass(frozen=True, slots=True)
class SpreadSearch:
    """Names the partners of many pictures at once. `folder` takes the shared index, 400 bytes a picture, meanwhile.

    `complete` goes to the workers; `here` gives the words that they could not read.
    """

    open_pool: Callable[[PartnersTask], AbstractContextManager[PartnersPool]]
    complete: Complete
    here: Complete
    folder: str

    def partners(
        self, asking: Sequence[bytes], search: WordIndex, records: Sequence[ImageRecord]
    ) -> Iterator[Sequence[bytes]]:
        """Those of each of `asking`, in order. `records` are lean, those of `search` in the order of their contents."""
        table = picture_table(records)
        del records
        with ExitStack() as at_end:
            try:
                index = at_end.enter_context(mapped((search, table), self.folder))
            except OSError:  # no room for it: this process asks alone
                yield from AlikePartners(table, self.here).of(asking, search)
                return
            del search, table  # from here on they are in memory as the file only
            for named in _in_order(self._answers(asking, index)):
                yield from named

    def _answers(self, asking: Sequence[bytes], index: Mapped) -> Iterator[tuple[int, Named]]:
        """Number and partners of each batch, in any order."""
        here = PartnersTask(index, self.here, reads_ahead=False)
        with self.open_pool(PartnersTask(index, self.complete)) as pool:
            for batch, answer in pool.map(_batches(asking)):
                yield batch[0], (answer if isinstance(answer, Partners) else here(batch)).named


def _batches(asking: Sequence[bytes]) -> Iterator[Batch]:
    for start in range(0, len(asking), ASKED_AT_ONCE):
        yield start // ASKED_AT_ONCE, tuple(asking[start : start + ASKED_AT_ONCE])


def _in_order(answers: Iterable[tuple[int, Named]]) -> Iterator[Named]:
    """By number, from 0; those that come early wait."""
    waiting: dict[int, Named] = {}
    due = 0
    for number, named in answers:
        waiting[number] = named
        while due in waiting:
            yield waiting.pop(due)
            due += 1


@lru_cache(maxsize=1)
def _opened(task: PartnersTask) -> tuple[WordIndex, AlikePartners]:
    search, records = task.index.value()
    return search, AlikePartners(records, task.complete, reads_ahead=task.reads_ahead)
