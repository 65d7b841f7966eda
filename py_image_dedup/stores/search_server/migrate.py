"""An index of an older version copied into a new one. The old one is only read, and stays.

The alias stands for the new index only once that is complete. Every document has the id of its path and the version of
its time, so a migration that was interrupted is begun again over what it had done.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from py_image_dedup.stores.search_server.connection import Refused, Unreachable
from py_image_dedup.stores.search_server.documents import document_id
from py_image_dedup.stores.search_server.mappings import index_body
from py_image_dedup.stores.search_server.older import older_document
from py_image_dedup.stores.search_server.server import Json, SearchServer

BATCH = 500
CONFLICT = 409  # a later document for the path is there
MALFORMED = 400


@dataclass(slots=True)
class Migrated:
    """What became of the documents of the old index."""

    target: str
    taken: int = 0
    repeated: int = 0  # an older document of a path that was there already
    passed_over: int = 0  # no document of the older program, or one that cannot be read


def copy_older(server: SearchServer, source: str, target: str, library: str, host: str) -> Migrated:
    """Copy every document of `source` into the index `target`, which is made or gone on with.

    Raises StoreUnavailable where either gives no complete answer; the next call goes on.
    """
    server.create(target, index_body(uuid.uuid4().hex, older=source))
    done = Migrated(target)
    for hits in server.scroll(source, BATCH):
        documents = [older_document(hit["_source"], library, host) for hit in hits]
        done.passed_over += documents.count(None)
        _send(server, target, [document for document in documents if document is not None], library, done)
    server.refresh(target)
    return done


def _send(server: SearchServer, target: str, documents: list[Json], library: str, done: Migrated) -> None:
    if not documents:
        return
    lines = [line for document in documents for line in _lines(document, library)]
    try:
        answers = server.bulk(lines, target, alias=False)
    except (Refused, Unreachable) as error:
        raise server.no_answer(
            f"the migration into {target!r} stopped and goes on at the next start ({error})"
        ) from error
    for answer in answers:
        if answer["status"] < 300:
            done.taken += 1
        elif answer["status"] == CONFLICT:
            done.repeated += 1
        elif answer["status"] == MALFORMED:
            done.passed_over += 1
        else:
            raise server.no_answer(f"the copy into {target!r} stopped: {answer['error'].get('reason')}")


def _lines(document: dict[str, Any], library: str) -> Iterator[Json]:
    path = document["path_key"].encode("latin-1")
    yield {"index": {"_id": document_id(library, path), "version": document["change"], "version_type": "external_gte"}}
    yield document
