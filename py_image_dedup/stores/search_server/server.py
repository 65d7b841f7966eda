"""The calls this program makes, each with a complete answer or an error: never a partial one.

Reads are tried again for a while where the server is busy or away; then they are StoreUnavailable.
"""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.stores.search_server.address import ServerAddress
from py_image_dedup.stores.search_server.connection import NAMES, Connection, Refused, Unreachable, connect

Json = dict[str, Any]

BUSY = frozenset({429, 502, 503, 504})
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0
PATIENCE_S = 15.0
KEEP_ALIVE = "5m"  # a point in time lives so long after its last use
_COMPLETE = {"allow_partial_search_results": "false"}


class SearchServer:
    """A server that answered. `patience_s`: how long a call is tried again while the server is busy or away."""

    def __init__(
        self, connection: Connection, kind: str, version: str, address: ServerAddress, patience_s: float = PATIENCE_S
    ) -> None:
        self._connection, self._address, self._patience_s = connection, address, patience_s
        self.kind, self.version = kind, version

    def __str__(self) -> str:
        return f"{NAMES[self.kind]} {self.version} at {self._address}"

    @property
    def _pit_path(self) -> str:
        return "/_pit" if self.kind == "elasticsearch" else "/_search/point_in_time"

    # Documents

    def bulk(self, lines: Sequence[Json], index: str, *, alias: bool = True) -> list[Json]:
        """Carry out actions and give each one's own result, in order. Raises Refused or Unreachable: once, no retry.

        `alias`: `index` must be an alias, so that one that was deleted is not made by the way.
        """
        body = b"".join(_json(line) + b"\n" for line in lines)
        answer = self._connection.request("POST", f"/{index}/_bulk", {"require_alias": str(alias).lower()}, body)
        return [next(iter(item.values())) for item in answer["items"]]

    def documents(self, ids: Sequence[str], index: str, fields: Sequence[str] = ()) -> list[Json]:
        """The documents with these ids, as last acknowledged: no refresh is needed. `fields`: only these, if any."""
        only = {"_source_includes": ",".join(fields)} if fields else {}
        answer = self.ask("POST", f"/{index}/_mget", {"ids": list(ids)}, only)
        for document in answer["docs"]:
            if "error" in document:
                raise self.no_answer(f"a document could not be read: {document['error'].get('reason')}")
        return [document for document in answer["docs"] if document["found"]]

    def search(self, body: Json, index: str = "") -> Json:
        """A complete answer; `index` is left out where the body holds a point in time."""
        answer: Json = self.ask("POST", f"/{index}/_search" if index else "/_search", body, _COMPLETE)
        self._check_complete(answer)
        return answer

    def count(self, index: str, query: Json | None = None) -> int:
        """How many documents searches see."""
        body = {"size": 0, "track_total_hits": True, "query": query or {"match_all": {}}}
        return int(self.search(body, index)["hits"]["total"]["value"])

    def searches(self, bodies: Sequence[Json], index: str) -> list[Json]:
        """Several searches at once, each with a complete answer."""
        lines = [line for body in bodies for line in ({"allow_partial_search_results": False}, body)]
        if not lines:
            return []
        answer = self.ask("POST", f"/{index}/_msearch", b"".join(_json(line) + b"\n" for line in lines))
        for response in answer["responses"]:
            self._check_complete(response)
        return list(answer["responses"])

    def scroll(self, index: str, size: int) -> Iterator[list[Json]]:
        """All documents of an index whose mapping is not known, in no order, `size` at a time, as of now."""
        body = {"size": size, "sort": ["_doc"], "query": {"match_all": {}}}
        answer = self.ask("POST", f"/{index}/_search", body, {**_COMPLETE, "scroll": KEEP_ALIVE})
        while True:
            self._check_complete(answer)
            hits = answer["hits"]["hits"]
            if not hits:
                break
            yield hits
            answer = self.ask("POST", "/_search/scroll", {"scroll": KEEP_ALIVE, "scroll_id": answer["_scroll_id"]})
        self._let_go("/_search/scroll", {"scroll_id": answer["_scroll_id"]})

    def refresh(self, index: str) -> None:
        """Make everything acknowledged so far visible to searches."""
        answer = self.ask("POST", f"/{index}/_refresh")
        if answer["_shards"]["failed"]:
            raise self.no_answer("some of its shards could not be refreshed")

    def open_point_in_time(self, index: str) -> str:
        """A name for the state of the index as searches see it now."""
        answer = self.ask("POST", f"/{index}{self._pit_path}", None, {"keep_alive": KEEP_ALIVE})
        return str(answer.get("id") or answer["pit_id"])

    def close_point_in_time(self, name: str) -> None:
        """Let go of it; one that has ended already is no error."""
        body = {"id": name} if self.kind == "elasticsearch" else {"pit_id": [name]}
        self._let_go(self._pit_path, body)

    def _let_go(self, path: str, body: Json) -> None:
        try:
            self._connection.request("DELETE", path, {}, _json(body))
        except (Refused, Unreachable):
            return  # it ends by itself after KEEP_ALIVE

    # Indexes

    def aliases(self, name: str) -> list[str]:
        """The indexes behind the alias `name`; none where there is no such alias.

        Asked of the alias alone: OpenSearch takes a question without an index for one about all of them.
        """
        return sorted(self._ask_or_nothing("GET", f"/{name}/_alias/{name}"))

    def mapping(self, index: str) -> Json | None:
        """The mapping of one index; None where it does not exist."""
        found = self._ask_or_nothing("GET", f"/{index}/_mapping")
        return None if not found else next(iter(found.values()))["mappings"]

    def create(self, index: str, body: Json) -> bool:
        """Make an index; False where it exists."""
        try:
            self.ask("PUT", f"/{index}", body)
        except Refused as refusal:
            if refusal.kind == "resource_already_exists_exception":
                return False
            raise
        return True

    def add_fields(self, index: str, additions: Json) -> None:
        """Add fields to a mapping; those that are there as they are to be are no error."""
        self.ask("PUT", f"/{index}/_mapping", additions)

    def index_uuid(self, index: str) -> str:
        """What the server calls an index that may be deleted and made again under its name."""
        found = self.ask("GET", f"/{index}/_settings/index.uuid")
        return str(next(iter(found.values()))["settings"]["index"]["uuid"])

    def change_aliases(self, actions: Sequence[Json]) -> None:
        """All of these at once, or none."""
        self.ask("POST", "/_aliases", {"actions": list(actions)})

    def health(self, index: str = "") -> Json:
        """The state of the cluster or of one index."""
        answer: Json = self.ask("GET", f"/_cluster/health/{index}" if index else "/_cluster/health")
        return answer

    def delete_index(self, index: str) -> None:
        """Remove an index that this program made; a missing one is no error."""
        self._ask_or_nothing("DELETE", f"/{index}")

    def close(self) -> None:
        """Close the sockets."""
        self._connection.close()

    # Asking

    def ask(self, method: str, path: str, body: Json | bytes | None = None, params: Mapping[str, str] = {}) -> Any:
        """One answer. Raises Refused where the request itself is at fault, StoreUnavailable where the server is."""
        data = body if body is None or isinstance(body, bytes) else _json(body)
        return persistently(
            lambda: self._connection.request(method, path, params, data), self._patience_s, self.no_answer
        )

    def no_answer(self, cause: object) -> StoreUnavailable:
        """The sentence for a server that gives no complete answer."""
        return StoreUnavailable(
            f"{self} gave no complete answer: {cause}. Nothing was done on it; look after the server and start again."
        )

    def _ask_or_nothing(self, method: str, path: str) -> Json:
        try:
            answer: Json = self.ask(method, path)
        except Refused as refusal:
            if refusal.status == 404:
                return {}
            raise
        return answer

    def _check_complete(self, answer: Json) -> None:
        if "error" in answer:
            raise self.no_answer(answer["error"].get("reason") or answer["error"].get("type"))
        if answer.get("timed_out") or answer.get("terminated_early"):
            raise self.no_answer("a search ran out of time")
        if answer["_shards"]["failed"]:
            raise self.no_answer(f"{answer['_shards']['failed']} of its shards failed")


def persistently(
    ask: Callable[[], Any], patience_s: float, no_answer: Callable[[object], StoreUnavailable], *, all_: bool = False
) -> Any:
    """What `ask` gives; it is tried again with growing, jittered pauses while the server is busy or away.

    `all_`: pauses also for refusals that pass once the server has started (401 while security comes up, red shards).
    """
    end, pause_s = time.monotonic() + patience_s, FIRST_PAUSE_S
    while True:
        try:
            return ask()
        except Unreachable as error:
            if error.lasting or time.monotonic() + pause_s > end:
                raise no_answer(error) from error
        except Refused as error:
            if error.status in {401, 403}:
                raise no_answer(f"access was refused ({error})") from error
            if error.status not in BUSY and not (all_ and error.status >= 500):
                raise
            if time.monotonic() + pause_s > end:
                raise no_answer(error) from error
        time.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - no secret: spreads the load
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


def open_server(address: ServerAddress, patience_s: float = PATIENCE_S) -> SearchServer:
    """The server at `address`, waited for as long as its `start_timeout_s`.

    Raises StoreUnavailable where it does not answer in time, MissingExtra where its client is not installed.
    """

    def no_answer(cause: object) -> StoreUnavailable:
        return StoreUnavailable(
            f"The search server at {address} cannot be used: {cause}. Start it, correct elasticsearch.host and the"
            " access data, or use the embedded index (store: sqlite)."
        )

    connection, kind, version = persistently(lambda: connect(address), address.start_timeout_s, no_answer, all_=True)
    return SearchServer(connection, kind, version, address, patience_s)


def _json(value: Json) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
