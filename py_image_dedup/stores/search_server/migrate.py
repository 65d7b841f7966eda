"""An index of an older version copied into a new one. The old one is only read, and stays.

The alias stands for the new index only once that is complete, and counted. Every document has the id of its path and
the version of its time, so a copy that was interrupted is begun again over what it had done.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from py_image_dedup.stores.search_server.connection import Refused, Unreachable
from py_image_dedup.stores.search_server.documents import document_id
from py_image_dedup.stores.search_server.mappings import index_body
from py_image_dedup.stores.search_server.older import older_document
from py_image_dedup.stores.search_server.server import Json, SearchServer

BATCH = 500
TOLD_EVERY = 100_000  # documents
CONFLICT = 409  # a later document for the path is there
MALFORMED = 400

Note = Callable[[str], None]


@dataclass(slots=True)
class Migrated:
    """What became of the documents of the old index `source`."""

    source: str
    target: str
    read: int = 0
    passed_over: int = 0  # no document of the older program, or one that cannot be read
    paths: set[int] = field(default_factory=set, repr=False)  # 64 bits of each, 10 million in 0.8 GB

    @property
    def taken(self) -> int:
        """Files that have a document in the new index."""
        return len(self.paths)

    @property
    def repeated(self) -> int:
        """Further documents of such a file; the latest one was taken."""
        return self.read - self.passed_over - self.taken


def copy_older(server: SearchServer, source: str, target: str, library: str, host: str, note: Note) -> Migrated:
    """Copy every document of `source` into the index `target`, which is made or gone on with.

    Raises StoreUnavailable where either gives no complete answer, and where a document is missing at the end; the next
    call goes on.
    """
    server.create(target, index_body(uuid.uuid4().hex, older=source))
    expected, done = server.count(source), Migrated(source, target)
    for hits in server.scroll(source, BATCH):
        documents = [older_document(hit["_source"], library, host) for hit in hits]
        done.read += len(hits)
        done.passed_over += documents.count(None)
        _send(server, target, [document for document in documents if document is not None], library, done)
        if done.read // TOLD_EVERY > (done.read - len(hits)) // TOLD_EVERY:
            note(f"{done.read:,} of {expected:,} documents of {source!r} are copied.")
    server.refresh(target)
    _check_complete(server, done, expected, library)
    return done


def _check_complete(server: SearchServer, done: Migrated, expected: int, library: str) -> None:
    there = server.count(done.target, {"term": {"library": library}})
    if done.read < expected or there < done.taken:
        raise server.no_answer(
            f"of {expected:,} documents of {done.source!r} {done.read:,} came, and of {done.taken:,} files {there:,}"
            f" are in {done.target!r}; the copy is begun again at the next start"
        )


def _send(server: SearchServer, target: str, documents: list[Json], library: str, done: Migrated) -> None:
    if not documents:
        return
    lines = [line for document in documents for line in _lines(document, library)]
    try:
        answers = server.bulk(lines, target, alias=False)
    except (Refused, Unreachable) as error:
        raise server.no_answer(f"the copy into {target!r} stopped and goes on at the next start ({error})") from error
    for head, answer in zip(lines[::2], answers, strict=True):
        if answer["status"] < 300 or answer["status"] == CONFLICT:
            done.paths.add(hash(head["index"]["_id"]))
        elif answer["status"] == MALFORMED:
            done.passed_over += 1
        else:
            raise server.no_answer(f"the copy into {target!r} stopped: {answer['error'].get('reason')}")


def _lines(document: dict[str, Any], library: str) -> Iterator[Json]:
    path = document["path_key"].encode("latin-1")
    yield {"index": {"_id": document_id(library, path), "version": document["change"], "version_type": "external_gte"}}
    yield document
