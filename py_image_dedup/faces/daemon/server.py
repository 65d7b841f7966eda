"""The HTTP side: `/health/live`, `/health/ready`, and the metrics under every other path."""

import json
import socket
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore, Thread
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from py_image_dedup.faces.daemon.health import Health, Verdict
from py_image_dedup.model.errors import SettingsError

REQUEST_TIMEOUT_S = 10.0
MOST_REQUESTS = 16  # at once; a scraper needs one
LOOK_S = 0.1  # how long a stop waits for the server at most; half a second, as it comes, is a tenth of what a stop has


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD; a request that takes its time is cut off."""

    timeout = REQUEST_TIMEOUT_S
    server: "StatsServer"
    server_version = "py-image-dedup"
    sys_version = ""

    def do_GET(self) -> None:
        """Health or metrics."""
        path = self.path.split("?")[0].rstrip("/")
        if path == "/health/live":
            self._tell(self.server.health.live())
        elif path == "/health/ready":
            self._tell(self.server.health.ready())
        else:
            encode, content_type = choose_encoder(self.headers.get("Accept", ""))
            self._send(HTTPStatus.OK, content_type, encode(self.server.registry))

    do_HEAD = do_GET  # noqa: N815 - http.server's name

    def log_message(self, *args: object) -> None:
        """No line a request."""

    def _tell(self, verdict: Verdict) -> None:
        body = json.dumps({"status": verdict.status, "problems": verdict.problems}).encode() + b"\n"
        status = HTTPStatus.OK if verdict.fine else HTTPStatus.SERVICE_UNAVAILABLE
        self._send(status, "application/json", body)

    def _send(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class StatsServer(ThreadingHTTPServer):
    """Serves in a thread of its own between `start` and `close`. Raises SettingsError where the address is taken."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, bind: str, port: int, registry: CollectorRegistry, health: Health) -> None:
        self.registry = registry
        self.health = health
        self._room = BoundedSemaphore(MOST_REQUESTS)
        self.address_family = socket.AF_INET6 if ":" in bind else socket.AF_INET
        try:
            super().__init__((bind, port), Handler)
        except OSError as error:
            raise SettingsError(
                [f"The metrics cannot be served on {bind}, port {port} ({error.strerror}); see stats.bind and .port."]
            ) from None
        self._thread = Thread(target=self.serve_forever, args=(LOOK_S,), name="stats", daemon=True)

    @property
    def url(self) -> str:
        """Where it answers; every interface of the machine where that is 0.0.0.0."""
        bind, port = self.server_address[:2]
        return f"http://{f'[{bind!s}]' if self.address_family == socket.AF_INET6 else bind!s}:{port}/"

    def start(self) -> None:
        """Serve from now on."""
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self.shutdown()
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Hang up where too many are being answered."""
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and make room."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""
