"""The index on Elasticsearch 8 or 9, or on OpenSearch 2 or 3: shared by several machines, one library each.

Records live on the server; a change waits in an outbox on this machine until the server has acknowledged it. What was
learnt about contents (comparisons, complete decodes) stays in a local SQLite file: it is keyed by content, so every
machine can find it out anew, and the daemon asks for it far more often than a network is quick.
"""

import os
import random
import socket
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from py_image_dedup.model.elsewhere import OnHost
from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import StoredRecord
from py_image_dedup.model.matches import Comparison
from py_image_dedup.stores.rows import record_row, stored_record
from py_image_dedup.stores.search_server.address import ServerAddress
from py_image_dedup.stores.search_server.backlog import OUTBOX_FILE
from py_image_dedup.stores.search_server.documents import (
    FILE_FIELDS,
    SIGNATURE_FIELDS,
    document_id,
    is_of,
    known_file,
    path_key,
    picture_or_content,
    signature_value,
    stored,
)
from py_image_dedup.stores.search_server.indexes import OpenIndex, Opening
from py_image_dedup.stores.search_server.older import FIRST_CHANGE
from py_image_dedup.stores.search_server.outbox import Outbox
from py_image_dedup.stores.search_server.paging import pages
from py_image_dedup.stores.search_server.server import PATIENCE_S, SearchServer, open_server
from py_image_dedup.stores.search_server.writing import Waits, Writer
from py_image_dedup.stores.sqlite import SqliteStore, ranges

CONTENTS_FILE = "contents.sqlite"
READ_AT_ONCE = 1_000
T = TypeVar("T")

SEND_FROM = 500  # so many waiting changes are worth a request
SEND_AFTER_S = 30.0  # fewer are sent after this time
REST_S = (
    30.0  # after a failure writing goes on so long before the server is tried again: it must not slow reading files
)


@dataclass(frozen=True, slots=True)
class IndexChoice:
    """Which index, and whose files. `library` "": the one of this installation, named once and kept beside the outbox.

    Machines that see the same files under the same paths may share a library; others must not.
    """

    alias: str = "images"
    create: bool = True
    library: str = ""
    host: str = ""


class ElasticsearchStore:
    """A `RecordStore` on the server at `address`, with its outbox and local part in the folder `state`.

    Opening waits for the server; raises StoreUnavailable where it cannot be used, MissingExtra where its client is not
    installed. `note` hears a sentence where the server's index is another one than before, or what it takes has to
    wait. For the thread and process that made it.
    """

    def __init__(
        self,
        address: ServerAddress,
        state: str,
        choice: IndexChoice | None = None,
        *,
        note: Callable[[str], None] = lambda _: None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        choice = choice or IndexChoice()
        self._note, self._process = note, os.getpid()
        self._server = open_server(address, patience_s)
        self._contents = SqliteStore(os.path.join(state, CONTENTS_FILE), note=note)
        self._outbox = Outbox(os.path.join(state, OUTBOX_FILE), note)
        self.library = choice.library or self._outbox.library()
        host = choice.host or socket.gethostname()
        self._index = Opening(self._server, self.library, host, choice.create, note).open(choice.alias)
        self._writer = Writer(self._server, self._outbox, self._index, self.library, host, patience_s)
        self._compare_generation()
        self._sent_s = time.monotonic()
        self._rest_until_s = 0.0

    @property
    def server(self) -> SearchServer:
        """The server, for those who search on it."""
        return self._server

    @property
    def index(self) -> OpenIndex:
        """The index behind the alias."""
        return self._index

    @property
    def waiting(self) -> int:
        """Changes that the server has not acknowledged."""
        return len(self._outbox)

    def get_many(self, paths: Sequence[str]) -> dict[str, StoredRecord]:
        """The stored records of those of `paths` that have one."""
        self._here()
        keys = [os.fsencode(path) for path in paths]
        waiting = self._outbox.of(keys)
        asked = [key for key in dict.fromkeys(keys) if key not in waiting]
        found = [stored_record(tuple(change.row)) for change in waiting.values() if change.row is not None]
        for start in range(0, len(asked), READ_AT_ONCE):
            ids = [document_id(self.library, key) for key in asked[start : start + READ_AT_ONCE]]
            sources = [hit["_source"] for hit in self._server.documents(ids, self._index.alias)]
            found += [self._read(stored, source) for source in sources if source["change"] >= FIRST_CHANGE]
        return {record.result.file.path: record for record in found}

    def put_many(self, records: Iterable[StoredRecord]) -> None:
        """Insert or replace by path: durable in the outbox as one batch, then sent."""
        self._here()
        self._outbox.put([record_row(record) for record in records])
        self._send()

    def remove(self, paths: Iterable[str]) -> None:
        """Forget these paths; unknown ones are no error."""
        self._here()
        self._outbox.remove([os.fsencode(path) for path in paths])
        self._send()

    def under(self, roots: Sequence[str]) -> Iterator[StoredRecord]:
        """All records whose path lies below one of `roots`, in the order of the paths' bytes."""
        return (self._read(stored, source) for source in self._below(roots, {}))

    def by_stat(self, files: Collection[ImageFile]) -> Iterator[StoredRecord]:
        """All pictures' records whose size and mtime are those of one of `files`."""
        wanted = {(file.size, file.mtime_ns) for file in files}
        sizes = sorted({size for size, _ in wanted})
        if sizes:
            self.settle()
        for start in range(0, len(sizes), READ_AT_ONCE):
            same = {"terms": {"metadata.filesize": sizes[start : start + READ_AT_ONCE]}}
            query = {"bool": {"filter": [*self._mine(), same]}}
            for hit in pages(self._server, self._index.alias, {"query": query}, ["path_key"]):
                record = self._read(stored, hit["_source"])
                if (record.result.file.size, record.result.file.mtime_ns) in wanted:
                    yield record

    def files_under(self, roots: Sequence[str]) -> Iterator[ImageFile]:
        """The files of the same records, in the same order, their results are not sent; and of documents copied from
        an older index, which are forgotten by the same rules.
        """
        sources = self._below(roots, {"_source": FILE_FIELDS}, since=0)
        return (self._read(known_file, source) for source in sources)

    def _below(
        self, roots: Sequence[str], options: dict[str, object], since: int = FIRST_CHANGE
    ) -> Iterator[dict[str, Any]]:
        self.settle()
        below = [{"range": {"path_key": {"gte": path_key(low), "lt": path_key(end)}}} for low, end in ranges(roots)]
        if not below:
            return
        query = {"bool": {"filter": [*self._mine(since), {"bool": {"should": below, "minimum_should_match": 1}}]}}
        for hit in pages(self._server, self._index.alias, {"query": query, **options}, ["path_key"]):
            yield hit["_source"]

    def elsewhere(self) -> Iterator[OnHost]:
        """The pictures of all other libraries in the index, with the host that read each.

        What a newer version of this program wrote, and what is damaged, counts by its content alone.
        """
        self.settle()
        mine = {"term": {"library": self.library}}
        read = [{"exists": {"field": "content"}}, {"range": {"change": {"gte": FIRST_CHANGE}}}]
        query = {"bool": {"filter": read, "must_not": [mine]}}
        for hit in pages(self._server, self._index.alias, {"query": query}, ["library", "path_key"]):
            yield OnHost(hit["_source"]["host"], self._read(picture_or_content, hit["_source"]))

    def _mine(self, since: int = FIRST_CHANGE) -> list[dict[str, Any]]:
        """Records of this library; documents that were copied from an older index have none."""
        return [{"term": {"library": self.library}}, {"range": {"change": {"gte": since}}}]

    def signatures(self, files: Sequence[ImageFile]) -> dict[str, bytes]:
        """The image-match signatures, by path, that an older version computed of those of `files` as they are now."""
        self._here()
        found: dict[str, bytes] = {}
        for start in range(0, len(files) if self._index.older else 0, READ_AT_ONCE):
            part = {document_id(self.library, os.fsencode(f.path)): f for f in files[start : start + READ_AT_ONCE]}
            for hit in self._server.documents(list(part), self._index.alias, SIGNATURE_FIELDS):
                file, source = part[hit["_id"]], hit["_source"]
                if "signature" in source and is_of(source, file.size, file.mtime_ns):
                    found[file.path] = self._read(signature_value, source)
        return found

    def settle(self) -> None:
        """Everything put or removed so far, by any machine, is seen by what is asked next.

        Raises StoreUnavailable where the server does not take what waits: no complete answer without it.
        """
        self._here()
        try:
            self._writer.flush()
        except Waits as waits:
            raise self._server.no_answer(f"{self.waiting} changes wait to be taken ({waits})") from waits
        self._server.refresh(self._index.alias)

    def searched(self, contents: Collection[bytes], method: str) -> set[bytes]:
        """Those of `contents` that were searched with this method."""
        return self._contents.searched(contents, method)

    def comparisons(self, contents: Collection[bytes], method: str) -> Iterator[Comparison]:
        """All remembered comparisons of which both sides are in `contents`, ordered by (left, right)."""
        return self._contents.comparisons(contents, method)

    def remember(self, method: str, comparisons: Iterable[Comparison], searched: Iterable[bytes]) -> None:
        """Keep comparisons and mark contents as searched, as one batch."""
        self._contents.remember(method, comparisons, searched)

    def soundness(self, contents: Collection[bytes], method: str) -> dict[bytes, str | None]:
        """Of `contents`, those that were decoded completely before: None where sound, else the reason."""
        return self._contents.soundness(contents, method)

    def remember_soundness(self, method: str, answers: Iterable[tuple[bytes, str | None]]) -> None:
        """Keep the answers of complete decodes."""
        self._contents.remember_soundness(method, answers)

    def close(self) -> None:
        """Send what waits, if the server takes it at once; close files and connections."""
        try:
            self._writer.patience_s = 0
            self._writer.flush()
        except Waits as waits:
            self._note(self._waits(waits))
        finally:
            self._outbox.close()
            self._contents.close()
            self._server.close()

    def _send(self) -> None:
        """Writing goes on where the server does not: what it does not take waits."""
        now_s = time.monotonic()
        if now_s < self._rest_until_s or (self.waiting < SEND_FROM and now_s < self._sent_s + SEND_AFTER_S):
            return
        try:
            self._writer.flush()
            self._sent_s = time.monotonic()
        except Waits as waits:
            self._rest_until_s = time.monotonic() + REST_S * random.uniform(0.5, 1.0)  # noqa: S311 - spreads the load
            self._note(self._waits(waits))

    def _waits(self, cause: Waits) -> str:
        return f"{self.waiting} changes wait until {self._server} takes them ({cause})."

    def _read(self, read: Callable[[dict[str, Any]], T], source: dict[str, Any]) -> T:
        try:
            return read(source)
        except (ValueError, TypeError, LookupError) as error:
            raise StoreUnavailable(
                f"A document for {source.get('path')!r} in the index {self._index.index!r} on {self._server} cannot be"
                f" read ({error}). Remove that document; its file is then read anew."
            ) from error

    def _here(self) -> None:
        if os.getpid() != self._process:
            raise StoreUnavailable("The store was opened by another process; each opens its own.")

    def _compare_generation(self) -> None:
        """An index that is another than before holds other records: said, and every file is looked up again anyway."""
        before, now = self._outbox.fact("generation"), self._index.generation
        if before not in {None, now}:
            self._note(
                f"The index {self._index.index!r} on {self._server} is another one than before (made anew, restored or"
                " exchanged). Files that it does not know are read again."
            )
        self._outbox.remember("generation", now)
