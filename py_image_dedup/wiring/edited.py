"""Settings made into what finds edited copies: words for every picture, candidates by them, the comparison of parts."""

import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from py_image_dedup.analysis.on_demand import broken_data_of, digest_of, pixels_of
from py_image_dedup.matching.candidates.word_candidates import WordCandidates
from py_image_dedup.matching.comparison.compare import PairTask
from py_image_dedup.matching.comparison.edited_pairs import EDITED_VERSION, EditAwarePairTask
from py_image_dedup.model.images import DETAIL_FLOOR, ImageRecord
from py_image_dedup.model.matches import Relation
from py_image_dedup.model.ports import CandidateIndex, RecordStore
from py_image_dedup.phases.lean import Completed
from py_image_dedup.settings.settings import Settings
from py_image_dedup.stores.word_segments import WordSegmentFile
from py_image_dedup.wiring import WORDS_FILE

if TYPE_CHECKING:
    from py_image_dedup.matching.candidates.spread_search import SpreadSearch
    from py_image_dedup.matching.candidates.word_search import OpenWordSearch, WordSearch

WORDS = "words"


def looks_for_edited(settings: Settings) -> bool:
    """Whether words are computed: 16 ms a picture, which only those pay who want edited copies found."""
    return settings.analysis.edited or Relation.EDITED in settings.deduplication.remove


def with_words(
    settings: Settings,
    near: CandidateIndex,
    store: RecordStore,
    note: Callable[[str], None],
    *,
    adds: bool,
    spread: "Callable[[], SpreadSearch] | None" = None,
) -> CandidateIndex:
    """The candidates of `near`, and those by words where edited copies are looked for.

    Pictures that are new join the index of words that is kept, if `adds`. `spread` takes many of them to workers.
    """
    if not looks_for_edited(settings):
        return near
    open_search = _opener(settings, store, note, adds=adds)
    if settings.store == "elasticsearch" and adds:
        open_search = _where_it_pays(open_search, store, os.path.join(settings.state.directory, WORDS_FILE))
    return WordCandidates(near, DETAIL_FLOOR, EDITED_VERSION, open_search, Completed(store), spread)


def pair_task() -> PairTask:
    """What compares a pair; without words it knows of edited copies only what the whole frames show."""
    return EditAwarePairTask(pixels_of, digest_of, broken_data_of)


def _opener(settings: Settings, store: RecordStore, note: Callable[[str], None], *, adds: bool) -> "OpenWordSearch":
    path = os.path.join(settings.state.directory, WORDS_FILE)
    segments = _NothingKept() if settings.store == "memory" else WordSegmentFile(path, note=note)

    def open_search(records: Sequence[ImageRecord]) -> "WordSearch":
        from py_image_dedup.matching.candidates.kept_words import KeptWordSearch

        return KeptWordSearch(segments, Completed(store), adds)(records)

    return open_search


def _where_it_pays(here: "OpenWordSearch", store: RecordStore, kept: str) -> "OpenWordSearch":
    """Of few new pictures the server is asked where the file `kept` is not there; it has the words of all pictures."""
    from py_image_dedup.stores.elasticsearch import ElasticsearchStore
    from py_image_dedup.stores.search_server.words_where_it_pays import WordsWhereItPays

    assert isinstance(store, ElasticsearchStore)
    server_store = store

    def on_server(records: Sequence[ImageRecord]) -> "WordSearch":
        from py_image_dedup.matching.candidates.word_weights import asked_words, word_weights
        from py_image_dedup.stores.search_server.feature_words import WordRule, open_word_search

        return open_word_search(server_store, WordRule(word_weights, asked_words), records)

    return WordsWhereItPays(here, on_server, partial(os.path.exists, kept))


class _NothingKept:
    """Where the index itself ends with the process."""

    def kept(self, method: str) -> Sequence[tuple[int, bytes]]:  # noqa: ARG002 - no method has anything
        return ()

    def replace(self, method: str, gone: Iterable[int], new: Iterable[bytes]) -> None:
        pass

    def used(self, numbers: Iterable[int]) -> None:
        pass
