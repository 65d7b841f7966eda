"""The servers of the tests are real ones: what they acknowledged is there after a kill."""

import json
import signal
import urllib.request
from pathlib import Path
from typing import Any

from tests.support.search_server import SearchServer


def ask(address: str, path: str, body: object = None, method: str = "GET") -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{address}{path}", data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_what_was_acknowledged_survives_a_kill_and_the_address_stays(tmp_path: Path) -> None:
    server = SearchServer("elasticsearch8", tmp_path)
    try:
        address = server.start()
        ask(address, "/pictures", {}, "PUT")
        ask(address, "/pictures/_doc/1", {"a": 1}, "PUT")
        server.stop(signal.SIGKILL)

        assert server.start() == address
        assert ask(address, "/pictures/_doc/1")["_source"] == {"a": 1}
    finally:
        server.stop()
