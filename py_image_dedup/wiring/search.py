"""Settings made into the search for copies, and the answers to questions beside a run."""

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from py_image_dedup.analysis.limits import AnalysisLimits
from py_image_dedup.analysis.on_demand import pixels_of
from py_image_dedup.analysis.qualities import QualityReader
from py_image_dedup.analysis.worker import WorkerFailure
from py_image_dedup.analysis.workers import WorkerPool
from py_image_dedup.keeping.ranking import rank
from py_image_dedup.keeping.rules import Preferences
from py_image_dedup.matching.comparison.compare import Answers, Pair, PairTask, PooledComparer
from py_image_dedup.matching.evidence.grading import Graded, GradeTask, PairToGrade
from py_image_dedup.matching.groups.stars import StarFormation
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.ports import Clock, Listener, PairComparer, RecordStore
from py_image_dedup.phases.compare import CompareParts
from py_image_dedup.phases.lean import Completed, CompletedPairs
from py_image_dedup.phases.search import SearchParts
from py_image_dedup.questions import QuestionParts, Questions
from py_image_dedup.settings.settings import Settings
from py_image_dedup.wiring.edited import WORDS, pair_task, with_words
from py_image_dedup.wiring.index import candidates_for, local_candidates, verdicts_of
from py_image_dedup.wiring.reading import analyser_for, limits_of, methods_of, reader_for, selection_of
from py_image_dedup.wiring.spread import spread_for


def search_parts(settings: Settings, store: RecordStore, listener: Listener) -> SearchParts:
    """The parts of phase 4."""
    acted = frozenset(settings.deduplication.remove)
    return SearchParts(
        store=store,
        analyser=analyser_for(settings, store),
        index=with_words(
            settings,
            candidates_for(settings, store),
            store,
            listener.noted,
            adds=True,
            spread=spread_for(settings, store),
        ),
        comparer=CompletedPairs(comparer_for(settings), Completed(store)),
        form_stars=StarFormation(
            partial(ranked, settings.deduplication.prioritization_rules, preferences_of(settings)),
            acted,
            settings.analysis.across_dirs,
        ),
        removable=acted,
        verdicts=verdicts_of(settings).by_pair,
        measure=QualityReader(settings.analysis.threads, limits_of(settings)),
    )


def comparer_for(settings: Settings) -> PairComparer:
    """Comparison of pairs, in processes."""

    def open_pool(task: PairTask) -> WorkerPool[Sequence[Pair], Answers]:
        return WorkerPool(task, settings.analysis.threads, limits_of(settings))

    return PooledComparer(open_pool, pair_task())


def graded(limits: AnalysisLimits, pair: PairToGrade) -> Graded:
    """Grade in a process of its own: two whole pictures are read."""
    with WorkerPool(GradeTask(pixels_of), 1, limits) as pool:
        ((_, answer),) = pool.map([pair])
    return Graded(None, answer.reason, None) if isinstance(answer, WorkerFailure) else answer


def ranked(
    rules: Sequence[str], preferences: Preferences, records: Sequence[ImageRecord], damaged: frozenset[bytes]
) -> Sequence[ImageRecord]:
    """Records in the order in which they stay."""
    return [ranked.record for ranked in rank(records, rules, damaged=damaged, preferences=preferences)]


def preferences_of(settings: Settings) -> Preferences:
    """The lists that keep rules ask."""
    wanted = settings.deduplication
    return Preferences(wanted.preferred_directories, wanted.avoided_directories, wanted.preferred_formats)


def questions_for(settings: Settings, search: SearchParts, clock: Clock, listener: Listener) -> Questions:
    """The answers beside a run: compare, find, verdicts."""
    # No index has the pictures that are asked about.
    near, store = local_candidates(settings), search.store
    search = replace(search, index=with_words(settings, near, store, listener.noted, adds=False))
    return Questions(
        QuestionParts(
            compare=CompareParts(
                analyser=reader_for(settings, tuple({*methods_of(settings), WORDS})),  # of two files only
                index=search.index,
                comparer=search.comparer,
                grade=partial(graded, limits_of(settings)),
                verdict=lambda pair: search.verdicts().get(pair),
            ),
            search=search,
            selection=replace(selection_of(settings), extensions=frozenset()),
            library=settings.analysis.source_directories or (os.path.abspath(os.sep),),
            verdicts=verdicts_of(settings),
            clock=clock,
            listener=listener,
        )
    )
