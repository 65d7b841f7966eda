"""Settings made into parts. The only place that names a backend."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from py_image_dedup.analysis.file_analyser import FileAnalyser
from py_image_dedup.analysis.limits import AnalysisLimits
from py_image_dedup.analysis.on_demand import digest_of, pixels_of
from py_image_dedup.analysis.qualities import QualityReader
from py_image_dedup.analysis.worker import WorkerFailure
from py_image_dedup.analysis.workers import WorkerPool
from py_image_dedup.deduplicator import Deduplicator, Parts
from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.disposal.selftest import selftest
from py_image_dedup.keeping.caps import Caps
from py_image_dedup.keeping.policy import PlanPolicy
from py_image_dedup.keeping.ranking import rank
from py_image_dedup.keeping.rules import Preferences
from py_image_dedup.matching.candidates import HammingCandidates, is_comparable
from py_image_dedup.matching.compare import Answers, Pair, PairTask, PooledComparer
from py_image_dedup.matching.damaged_pairs import DamageAwarePairTask
from py_image_dedup.matching.grading import Graded, GradeTask, PairToGrade
from py_image_dedup.matching.stars import StarFormation
from py_image_dedup.model.hands import Stop
from py_image_dedup.model.images import DETAIL_FLOOR, ImageRecord
from py_image_dedup.model.listeners import nobody
from py_image_dedup.model.plans import Way
from py_image_dedup.model.ports import (
    Analyser,
    CandidateIndex,
    Clock,
    Confirm,
    Listener,
    PairComparer,
    RecordStore,
)
from py_image_dedup.model.selftest import SelftestReport
from py_image_dedup.phases.compare import CompareParts
from py_image_dedup.phases.plan import plan_for
from py_image_dedup.phases.roots import RootParts
from py_image_dedup.phases.search import SearchParts
from py_image_dedup.questions import QuestionParts, Questions
from py_image_dedup.settings.explain import digest
from py_image_dedup.settings.settings import ElasticsearchSettings, Settings
from py_image_dedup.stores.registry import store_class
from py_image_dedup.stores.root_file import RootFile
from py_image_dedup.stores.verdicts import VerdictFile
from py_image_dedup.walking.roots import Absence
from py_image_dedup.walking.selection import Selection
from py_image_dedup.walking.volumes import look_at_roots
from py_image_dedup.walking.walk import walk

if TYPE_CHECKING:
    from py_image_dedup.stores.search_server.factory import ServerChoice

INDEX_FILE = "index.sqlite"
ROOTS_FILE = "roots.json"
VERDICTS_FILE = "verdicts.sqlite"


class SystemClock:
    """The clock of this machine."""

    def now_ns(self) -> int:
        """Nanoseconds since the epoch."""
        return time.time_ns()

    def monotonic_s(self) -> float:
        """Seconds of a clock that never goes back."""
        return time.monotonic()


@contextmanager
def deduplicator_for(
    settings: Settings, listener: Listener, stop: Stop, confirm: Confirm = nobody
) -> Iterator[Deduplicator]:
    """A Deduplicator for these settings; its store and processes are released at the end."""
    with ExitStack() as at_end:
        store = _store(settings, listener)
        at_end.callback(store.close)
        yield Deduplicator(_parts(settings, store, listener, stop, confirm))


def self_tested(directory: str) -> SelftestReport:
    """What the volume of a folder can do, and how removal on it survives being killed."""
    return selftest(directory, SystemClock())


def _parts(settings: Settings, store: RecordStore, listener: Listener, stop: Stop, confirm: Confirm = nobody) -> Parts:
    clock = SystemClock()
    roots = settings.analysis.source_directories
    search = _search_parts(settings, store)
    return Parts(
        roots=roots,
        walk=partial(walk, roots, _selection(settings)),
        absence=Absence,
        search=search,
        plan=partial(plan_for, policy=_policy(settings)),
        hands=Disposal(settings.state.directory, clock),
        clock=clock,
        listener=listener,
        stop=stop,
        uses_exif=settings.analysis.use_exif_data,
        moves=settings.deduplication.duplicates_target_directory is not None,
        root_parts=RootParts(
            look=partial(look_at_roots, roots),
            memory=RootFile(os.path.join(settings.state.directory, ROOTS_FILE), note=listener.noted),
        ),
        confirm=confirm,
        caps=Caps(settings.deduplication.max_files, settings.deduplication.max_share),
        questions=_questions(settings, search, clock, listener),
    )


def _store(settings: Settings, listener: Listener) -> RecordStore:
    if settings.store == "memory":
        return store_class("memory")()
    if settings.store == "elasticsearch":
        from py_image_dedup.stores.search_server.factory import search_server_store

        return search_server_store(_server(settings.elasticsearch), settings.state.directory, listener.noted)
    return store_class(settings.store)(os.path.join(settings.state.directory, INDEX_FILE), note=listener.noted)


def _server(server: ElasticsearchSettings) -> "ServerChoice":
    from py_image_dedup.stores.search_server.factory import ServerChoice

    return ServerChoice(
        host=server.host,
        port=server.port,
        index=server.index,
        auto_create_index=server.auto_create_index,
        tls=server.tls,
        ca_file=server.ca_file,
        cloud_id=server.cloud_id,
        user=server.user,
        password=server.password,
        api_key=server.api_key,
        timeout_s=server.timeout.total_seconds(),
        start_timeout_s=server.start_timeout.total_seconds(),
        library=server.library,
    )


def _search_parts(settings: Settings, store: RecordStore) -> SearchParts:
    acted = frozenset(settings.deduplication.remove)
    return SearchParts(
        store=store,
        analyser=_analyser(settings, store),
        index=_candidates(settings, store),
        comparer=_comparer(settings),
        form_stars=StarFormation(
            partial(_ranked, settings.deduplication.prioritization_rules, _preferences(settings)),
            acted,
            settings.analysis.across_dirs,
        ),
        removable=acted,
        verdicts=_verdicts(settings).by_pair,
        measure=QualityReader(settings.analysis.threads, _limits(settings)),
    )


def _analyser(settings: Settings, store: RecordStore) -> Analyser:
    complete = _reader(settings, _methods(settings))
    if not (settings.analysis.signatures and settings.store == "elasticsearch"):
        return complete
    from py_image_dedup.analysis.known_signatures import SignatureReuse
    from py_image_dedup.stores.elasticsearch import ElasticsearchStore

    assert isinstance(store, ElasticsearchStore)
    return SignatureReuse(complete, _reader(settings, ("pdq",)), store.signatures)


def _reader(settings: Settings, methods: tuple[str, ...]) -> Analyser:
    """What reads files: processes of this machine, or a cluster."""
    here = FileAnalyser(settings.analysis.threads, _limits(settings), methods)
    if settings.analysis.on is None:
        return here
    from py_image_dedup.analysis.cluster import ClusterAnalyser

    return ClusterAnalyser(settings.analysis.on, here, _limits(settings), methods)


def _candidates(settings: Settings, store: RecordStore) -> CandidateIndex:
    local = _local_candidates()
    if settings.store != "elasticsearch":
        return local
    from py_image_dedup.stores.elasticsearch import ElasticsearchStore
    from py_image_dedup.stores.search_server.candidates import CandidatesWhereItPays, ServerCandidates

    assert isinstance(store, ElasticsearchStore)
    comparable = partial(is_comparable, detail_floor=DETAIL_FLOOR)
    return CandidatesWhereItPays(ServerCandidates(store, local, local.radius, comparable))


def _local_candidates() -> HammingCandidates:
    return HammingCandidates(detail_floor=DETAIL_FLOOR)


def _verdicts(settings: Settings) -> VerdictFile:
    return VerdictFile(os.path.join(settings.state.directory, VERDICTS_FILE))


def _questions(settings: Settings, search: SearchParts, clock: Clock, listener: Listener) -> Questions:
    search = replace(search, index=_local_candidates())  # no index has the pictures that are asked about
    return Questions(
        QuestionParts(
            compare=CompareParts(
                analyser=search.analyser,
                index=search.index,
                comparer=search.comparer,
                grade=partial(_graded, _limits(settings)),
                verdict=lambda pair: search.verdicts().get(pair),
            ),
            search=search,
            selection=replace(_selection(settings), extensions=frozenset()),
            library=settings.analysis.source_directories or (os.path.abspath(os.sep),),
            verdicts=_verdicts(settings),
            clock=clock,
            listener=listener,
        )
    )


def _graded(limits: AnalysisLimits, pair: PairToGrade) -> Graded:
    """Grade in a process of its own: two whole pictures are read."""
    with WorkerPool(GradeTask(pixels_of), 1, limits) as pool:
        ((_, answer),) = pool.map([pair])
    return Graded(None, answer.reason, None) if isinstance(answer, WorkerFailure) else answer


def _comparer(settings: Settings) -> PairComparer:
    def open_pool(task: PairTask) -> WorkerPool[Sequence[Pair], Answers]:
        return WorkerPool(task, settings.analysis.threads, _limits(settings))

    return PooledComparer(open_pool, DamageAwarePairTask(pixels_of, digest_of))


def _ranked(
    rules: Sequence[str], preferences: Preferences, records: Sequence[ImageRecord], damaged: frozenset[bytes]
) -> Sequence[ImageRecord]:
    return [ranked.record for ranked in rank(records, rules, damaged=damaged, preferences=preferences)]


def _preferences(settings: Settings) -> Preferences:
    wanted = settings.deduplication
    return Preferences(wanted.preferred_directories, wanted.avoided_directories, wanted.preferred_formats)


def _limits(settings: Settings) -> AnalysisLimits:
    analysis = settings.analysis
    return AnalysisLimits(analysis.timeout.total_seconds(), analysis.memory, analysis.max_pixels)


def _methods(settings: Settings) -> tuple[str, ...]:
    return ("pdq", "image-match") if settings.analysis.signatures else ("pdq",)


def _selection(settings: Settings) -> Selection:
    target = settings.deduplication.duplicates_target_directory
    return Selection(
        recursive=settings.analysis.recursive,
        exclusions=settings.analysis.exclusions,
        extensions=frozenset(settings.analysis.file_extensions),
        excluded_directories=(settings.state.directory, *((target,) if target else ())),
    )


def _policy(settings: Settings) -> PlanPolicy:
    wanted = settings.deduplication
    apart: timedelta | None = wanted.max_file_modification_time_diff
    return PlanPolicy(
        remove=frozenset(wanted.remove),
        max_mtime_diff_ns=None if apart is None else apart // timedelta(microseconds=1) * 1000,
        way=Way(wanted.way),
        target_directory=wanted.duplicates_target_directory,
        remove_empty_folders=settings.remove_empty_folders,
        settings_digest=digest(settings),
        rules=wanted.prioritization_rules,
        preferences=_preferences(settings),
    )
