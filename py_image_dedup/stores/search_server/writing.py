"""The outbox towards the server: in bulk, each item's answer read, as patient as the trouble asks for."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.stores.search_server.connection import Refused, Unreachable
from py_image_dedup.stores.search_server.documents import (
    SIGNATURE_FIELDS,
    document,
    document_id,
    is_of,
    signature_fields,
)
from py_image_dedup.stores.search_server.indexes import OpenIndex
from py_image_dedup.stores.search_server.outbox import Change, Outbox
from py_image_dedup.stores.search_server.server import FIRST_PAUSE_S, LONGEST_PAUSE_S, SearchServer

BATCH = 500  # documents of about 2 KB
NOT_THERE = 404  # of a removal: there was no such document
OLDER = 409  # the server has a newer version
TOO_LARGE = 413

Pause = Callable[[float], None]


class Waits(Exception):
    """What is left waits in the outbox; says why."""


@dataclass(slots=True)
class Writer:
    """Sends changes of one library to one index. `conflicts` counts changes that were older than the server's."""

    server: SearchServer
    outbox: Outbox
    index: OpenIndex
    library: str
    host: str
    patience_s: float
    batch: int = BATCH
    pause: Pause = time.sleep
    conflicts: int = 0

    def flush(self) -> None:
        """Send everything that waits. Raises Waits where the server did not take it within `patience_s`."""
        end, pause_s, size = time.monotonic() + self.patience_s, FIRST_PAUSE_S, self.batch
        while changes := self.outbox.oldest(size):
            try:
                taken, trouble = self._send(changes)
            except Refused as refusal:
                if refusal.status == TOO_LARGE and len(changes) > 1:
                    size = len(changes) // 2
                    continue
                taken, trouble = [], str(refusal)
            except (Unreachable, StoreUnavailable) as error:
                taken, trouble = [], str(error)
            if taken:
                self.outbox.acknowledged(taken)
                end, pause_s = time.monotonic() + self.patience_s, FIRST_PAUSE_S
                size = min(self.batch, 2 * size)
            if trouble is None:
                continue
            if time.monotonic() + pause_s > end:
                raise Waits(trouble)
            size = max(1, len(changes) // 2)  # what is too much for a busy server passes in smaller parts
            self.pause(pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - no secret: spreads the load
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _send(self, changes: Sequence[Change]) -> tuple[list[Change], str | None]:
        """The changes that the server has now, and what hindered another one, if any."""
        kept = self._signatures(changes) if self.index.older else {}
        lines = [line for change in changes for line in self._lines(change, kept)]
        answers = self.server.bulk(lines, self.index.alias)
        taken, trouble = [], None
        for change, answer in zip(changes, answers, strict=True):
            status = int(answer["status"])
            if status < 300 or status == OLDER or (status == NOT_THERE and "error" not in answer):
                taken.append(change)
                self.conflicts += status == OLDER and change.row is not None
            else:
                trouble = f"{status} {answer['error'].get('type')}: {answer['error'].get('reason')}"
        return taken, trouble

    def _lines(self, change: Change, kept: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
        id_ = document_id(self.library, change.path)
        head = {"_id": id_, "version": change.number, "version_type": "external_gte"}
        if change.row is None:
            return [{"delete": head}]
        fresh = document(change.row, self.library, self.host, change.number)
        older = kept.get(id_, {})
        if "signature" not in fresh and "signature" in older and is_of(older, change.row.size, change.row.mtime_ns):
            fresh.update(signature_fields(older["signature"]))
        return [{"index": head}, fresh]

    def _signatures(self, changes: Sequence[Change]) -> dict[str, dict[str, Any]]:
        """What is there, by id: a signature that an older version computed stays as long as its file does."""
        ids = [document_id(self.library, change.path) for change in changes if change.row is not None]
        found = self.server.documents(ids, self.index.alias, SIGNATURE_FIELDS) if ids else []
        return {document["_id"]: document["_source"] for document in found}
