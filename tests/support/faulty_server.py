"""A real search server behind a door that can be made to fail on command, as networks and full servers do."""

import json
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Request:
    """One request on its way to the server."""

    number: int  # 1 for the first
    method: str
    path: str
    body: bytes
    headers: dict[str, str]


@dataclass
class Answer:
    """What goes back; `status` 0: nothing, the connection ends. `product`: how the server names itself in the head."""

    status: int
    body: bytes = b""
    product: str = "Elasticsearch"

    @classmethod
    def error(cls, status: int, kind: str) -> "Answer":
        reason = {"type": kind, "reason": f"made up: {kind}"}
        return cls(status, json.dumps({"error": {**reason, "root_cause": [reason]}, "status": status}).encode())

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Pass = Callable[[], Answer]
Fault = Callable[[Request, Pass], Answer]


def sound(request: Request, forward: Pass) -> Answer:
    """Nothing is wrong."""
    return forward()


def away(request: Request, forward: Pass) -> Answer:
    """Nobody answers, nothing arrives."""
    return Answer(0)


def silent(request: Request, forward: Pass) -> Answer:
    """What is asked is done, but the answer is lost."""
    forward()
    return Answer(0)


@dataclass
class Door:
    """The address to use, and the fault that is on now."""

    address: str
    fault: Fault = sound
    requests: list[Request] = field(default_factory=list)


@contextmanager
def door_to(server: str, context: ssl.SSLContext | None = None) -> Iterator[Door]:
    """A door to the server at this address; with `context` it speaks https."""
    door = Door("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            request = Request(len(door.requests) + 1, self.command, self.path, body, dict(self.headers.items()))
            door.requests.append(request)
            answer = door.fault(request, lambda: _forward(server, request))
            if answer.status == 0:
                self.close_connection = True
                return
            self.send_response(answer.status)
            self.send_header("content-type", "application/json")
            self.send_header("x-elastic-product", answer.product)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _handle  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    class Threads(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that does not trust the certificate goes away in mid-handshake."""

    with Threads(("127.0.0.1", 0), Handler) as http:
        if context is not None:
            http.socket = context.wrap_socket(http.socket, server_side=True)
        door.address = f"{'https' if context else 'http'}://127.0.0.1:{http.server_port}"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield door
        finally:
            http.shutdown()
            thread.join()


def _forward(server: str, request: Request) -> Answer:
    headers = {"content-type": "application/json"} if request.body else {}
    asked = urllib.request.Request(f"{server}{request.path}", request.body or None, headers, method=request.method)
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return Answer(answer.status, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read())
