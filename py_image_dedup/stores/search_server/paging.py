"""All hits of a search, page by page, as of one point in time: no limit hides any."""

from collections.abc import Iterator, Sequence
from typing import Any

from py_image_dedup.stores.search_server.server import KEEP_ALIVE, SearchServer

PAGE = 1_000


def pages(
    server: SearchServer, index: str, question: dict[str, Any], order: Sequence[str], page: int = PAGE
) -> Iterator[dict[str, Any]]:
    """The hits in the order of the fields `order`, which together must tell all hits apart."""
    name = server.open_point_in_time(index)
    try:
        body = {
            **question,
            "size": page,
            "sort": [{field: "asc"} for field in order],
            "track_total_hits": False,
        }
        while True:
            answer = server.search({**body, "pit": {"id": name, "keep_alive": KEEP_ALIVE}})
            name = answer.get("pit_id", name)
            hits = answer["hits"]["hits"]
            yield from hits
            if len(hits) < page:
                return
            body["search_after"] = hits[-1]["sort"][: len(order)]
    finally:
        server.close_point_in_time(name)
