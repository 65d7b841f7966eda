"""Settings made into what reads pictures: which files count, by which methods, within which limits."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from py_image_dedup.analysis.file_analyser import FileAnalyser
from py_image_dedup.analysis.limits import AnalysisLimits
from py_image_dedup.matching.candidates.signatures import SHARED_WORDS
from py_image_dedup.model.matches import Relation
from py_image_dedup.model.ports import Analyser, RecordStore
from py_image_dedup.phases.postponed import READ_WITHIN, Postponement
from py_image_dedup.settings.settings import Settings
from py_image_dedup.walking.selection import Selection
from py_image_dedup.wiring.edited import WORDS, looks_for_edited

# Turned copies have other signatures, and edited ones too.
TOLD_BY_SIGNATURES = frozenset({Relation.SAME_BYTES, Relation.SAME_PIXELS, Relation.SAME_PICTURE})


def analyser_for(settings: Settings, store: RecordStore) -> Analyser:
    """What gives the records of files; signatures that a server holds are not computed anew."""
    complete = reader_for(settings, methods_of(settings))
    if not (settings.analysis.signatures and settings.store == "elasticsearch"):
        return complete
    from py_image_dedup.analysis.known_signatures import SignatureReuse
    from py_image_dedup.stores.elasticsearch import ElasticsearchStore

    assert isinstance(store, ElasticsearchStore)
    partial = tuple(method for method in methods_of(settings) if method != "image-match")
    return SignatureReuse(complete, reader_for(settings, partial), store.signatures)


def postponement_for(settings: Settings, store: RecordStore) -> Postponement | None:
    """Which files may wait, where an index of an earlier version left signatures and they tell all that is acted on."""
    if settings.store != "elasticsearch" or looks_for_edited(settings):
        return None
    from py_image_dedup.stores.elasticsearch import ElasticsearchStore

    assert isinstance(store, ElasticsearchStore)
    if not store.index.older or not set(settings.deduplication.remove) <= TOLD_BY_SIGNATURES:
        return None
    signing = replace(settings, analysis=replace(settings.analysis, signatures=True))
    return Postponement(analyser_for(signing, store), store.signatures, _near, store)


def _near(signatures: bytes, is_new: Sequence[bool]) -> Iterator[tuple[int, int]]:
    from py_image_dedup.matching.candidates.signature_search import near_signatures

    return near_signatures(signatures, is_new, READ_WITHIN, SHARED_WORDS)


def reader_for(settings: Settings, methods: tuple[str, ...]) -> Analyser:
    """What reads files: processes of this machine, or a cluster."""
    here = FileAnalyser(settings.analysis.threads, limits_of(settings), methods)
    if settings.analysis.on is None:
        return here
    from py_image_dedup.analysis.cluster import ClusterAnalyser

    return ClusterAnalyser(settings.analysis.on, here, limits_of(settings), methods)


def limits_of(settings: Settings) -> AnalysisLimits:
    """Time, memory and pixels that one file may cost."""
    analysis = settings.analysis
    return AnalysisLimits(analysis.timeout.total_seconds(), analysis.memory, analysis.max_pixels)


def methods_of(settings: Settings) -> tuple[str, ...]:
    """The fingerprints to compute."""
    wanted = {"pdq": True, "image-match": settings.analysis.signatures, WORDS: looks_for_edited(settings)}
    return tuple(method for method, is_wanted in wanted.items() if is_wanted)


def selection_of(settings: Settings) -> Selection:
    """Which files count."""
    target = settings.deduplication.duplicates_target_directory
    return Selection(
        recursive=settings.analysis.recursive,
        exclusions=settings.analysis.exclusions,
        extensions=frozenset(settings.analysis.file_extensions),
        excluded_directories=(settings.state.directory, *((target,) if target else ())),
    )
