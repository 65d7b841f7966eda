"""Settings made into the workers that a first search by words is spread over."""

import os
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from py_image_dedup.analysis.workers import WorkerPool
from py_image_dedup.model.ports import RecordStore
from py_image_dedup.phases.lean import Completed
from py_image_dedup.settings.settings import Settings
from py_image_dedup.stores.stored_words import StoredWords
from py_image_dedup.wiring import INDEX_FILE
from py_image_dedup.wiring.reading import limits_of

if TYPE_CHECKING:
    from py_image_dedup.matching.candidates.spread_search import Batch, Partners, PartnersTask, SpreadSearch


def spread_for(settings: Settings, store: RecordStore) -> "Callable[[], SpreadSearch] | None":
    """None where one process asks alone: words are not in a file, or there is no sharing an index as on Linux."""
    if settings.store != "sqlite" or settings.analysis.threads < 2 or sys.platform != "linux":
        return None
    return partial(_spread, settings, store)


def _spread(settings: Settings, store: RecordStore) -> "SpreadSearch":
    from py_image_dedup.matching.candidates.spread_search import SpreadSearch

    def open_pool(task: "PartnersTask") -> "WorkerPool[Batch, Partners]":
        return WorkerPool(task, settings.analysis.threads, limits_of(settings))

    folder = settings.state.directory
    return SpreadSearch(open_pool, StoredWords(os.path.join(folder, INDEX_FILE)), Completed(store), folder)
