"""Settings made into what remembers: the index, its search for candidates, the user's verdicts."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from py_image_dedup.matching.candidates.by_hash import HammingCandidates, is_comparable
from py_image_dedup.matching.candidates.signatures import SHARED_WORDS, EitherCandidates, SignatureCandidates
from py_image_dedup.model.elsewhere import CopyElsewhere
from py_image_dedup.model.images import DETAIL_FLOOR, ImageRecord
from py_image_dedup.model.ports import CandidateIndex, Listener, RecordStore
from py_image_dedup.phases.elsewhere import CopiesElsewhere, nowhere
from py_image_dedup.settings.settings import ElasticsearchSettings, Settings
from py_image_dedup.stores.registry import store_class
from py_image_dedup.stores.verdicts import VerdictFile
from py_image_dedup.wiring import INDEX_FILE, VERDICTS_FILE

if TYPE_CHECKING:
    from py_image_dedup.stores.search_server.factory import ServerChoice

Copies = tuple[CopyElsewhere, ...]


def store_for(settings: Settings, listener: Listener) -> RecordStore:
    """The index that was chosen, opened. Raises StoreUnavailable."""
    if settings.store == "memory":
        return store_class("memory")()
    if settings.store == "elasticsearch":
        from py_image_dedup.stores.search_server.factory import search_server_store

        return search_server_store(server_choice(settings.elasticsearch), settings.state.directory, listener.noted)
    return store_class(settings.store)(os.path.join(settings.state.directory, INDEX_FILE), note=listener.noted)


def server_choice(server: ElasticsearchSettings) -> "ServerChoice":
    """Which search server to speak to, and how."""
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


def candidates_for(settings: Settings, store: RecordStore) -> CandidateIndex:
    """What names the pairs worth comparing: in this process, on a server where that pays."""
    local, near = local_candidates(settings), by_hash()
    if settings.store != "elasticsearch":
        return local
    from py_image_dedup.stores.elasticsearch import ElasticsearchStore
    from py_image_dedup.stores.search_server.candidates import CandidatesWhereItPays, ServerCandidates

    assert isinstance(store, ElasticsearchStore)
    comparable = partial(is_comparable, detail_floor=DETAIL_FLOOR)
    shared = SHARED_WORDS if settings.analysis.signatures else None
    return CandidatesWhereItPays(ServerCandidates(store, local, near.radius, comparable, shared))


def local_candidates(settings: Settings) -> CandidateIndex:
    """Candidates in this process: by hash, and by signature too where signatures are made. The same with any store."""
    if not settings.analysis.signatures:
        return by_hash()
    return EitherCandidates(by_hash(), SignatureCandidates(settings.elasticsearch.max_distance, DETAIL_FLOOR))


def by_hash() -> HammingCandidates:
    """Candidates by Hamming distance in this process."""
    return HammingCandidates(detail_floor=DETAIL_FLOOR)


def elsewhere_for(settings: Settings, store: RecordStore) -> Callable[[Sequence[ImageRecord]], Copies]:
    """What names copies on other hosts: they are searched in this process, over all that the index holds."""
    if settings.store != "elasticsearch" or not settings.elasticsearch.across_hosts:
        return nowhere
    from py_image_dedup.stores.elasticsearch import ElasticsearchStore

    assert isinstance(store, ElasticsearchStore)
    return CopiesElsewhere(store, by_hash(), store.elsewhere)


def verdicts_of(settings: Settings) -> VerdictFile:
    """The user's words on pairs."""
    return VerdictFile(os.path.join(settings.state.directory, VERDICTS_FILE))
