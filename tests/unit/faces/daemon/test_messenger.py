"""Digests: what they tell, how often, and that nobody waits for them."""

import json
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from py_image_dedup.faces.daemon.digest import Digest, digest_of
from py_image_dedup.faces.daemon.health import Health
from py_image_dedup.faces.daemon.messenger import Command, Messenger, NotTold, Webhook
from tests.support.plans import small_report


def health() -> Health:
    return Health(lambda _: None, {"loop": 1e9})


def digest(**changes: object) -> Digest:
    return replace(digest_of(small_report()), **changes)  # type: ignore[arg-type]


def started(channel: object, interval_s: float, of: Health | None = None) -> Messenger:
    messenger = Messenger((channel,), interval_s, of or health(), lambda: None)  # type: ignore[arg-type]
    messenger.start()
    return messenger


def until(holds: object, within_s: float = 10.0) -> None:
    ends_s = time.monotonic() + within_s
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < ends_s
        time.sleep(0.01)


class Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def hook() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Hook)
    server.bodies, server.status = [], 200  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_digest_tells_numbers_and_no_paths() -> None:
    told = json.loads(digest().to_json())

    assert told["text"] == "2 groups with 3 copies, 1 put aside (0.3 MB)"
    assert told["run"] == "20260101T120000Z-ab12"
    assert told["found"]["same-picture"] == {"files": 1, "bytes": 310_000}
    assert "/lib" not in digest().to_json()


def test_digests_told_together_add_up_what_was_done() -> None:
    both = digest(put_aside=2, failed=1).then(digest(put_aside=3, groups=7))

    assert (both.runs, both.put_aside, both.failed, both.groups) == (2, 5, 1, 7)


def test_the_webhook_gets_the_json(hook: HTTPServer) -> None:
    Webhook(f"http://127.0.0.1:{hook.server_port}/x")(digest().to_json())

    (body,) = hook.bodies  # type: ignore[attr-defined]
    assert json.loads(body)["program"] == "py-image-dedup"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "file:///etc/passwd", "http://[", "nothing"])
def test_a_webhook_that_cannot_be_reached_says_so(url: str) -> None:
    with pytest.raises(NotTold):
        Webhook(url)("{}")


def test_a_webhook_that_refuses_says_so(hook: HTTPServer) -> None:
    hook.status = 500  # type: ignore[attr-defined]
    with pytest.raises(NotTold, match="Internal Server Error"):
        Webhook(f"http://127.0.0.1:{hook.server_port}/")("{}")


def test_the_command_gets_the_json_on_its_standard_input(tmp_path: Path) -> None:
    copy = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read())"
    Command((sys.executable, "-c", copy, str(tmp_path / "told")))(digest().to_json())

    assert json.loads((tmp_path / "told").read_text())["run"] == "20260101T120000Z-ab12"


@pytest.mark.parametrize("words", [("/no/such/program",), (sys.executable, "-c", "import sys; sys.exit(3)")])
def test_a_command_that_fails_says_so(words: tuple[str, ...]) -> None:
    with pytest.raises(NotTold):
        Command(words)("{}")


def test_what_comes_within_the_interval_is_told_together() -> None:
    told: list[str] = []
    messenger = started(told.append, 1.0)
    messenger.tell(digest())
    until(lambda: len(told) == 1)
    for _ in range(4):
        messenger.tell(digest())
    until(lambda: len(told) == 2)
    time.sleep(1.2)

    assert [json.loads(text)["put_aside"] for text in told] == [1, 4]


def test_telling_never_waits_for_a_channel_that_hangs() -> None:
    released = threading.Event()
    messenger = started(lambda _: released.wait(20), 0.0)
    started_s = time.monotonic()
    for _ in range(100):
        messenger.tell(digest())

    assert time.monotonic() - started_s < 10
    released.set()


def test_of_two_channels_the_one_that_refused_is_told_again_and_the_other_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("py_image_dedup.faces.daemon.messenger.RETRY_S", 0.1)
    of, broken, told, failed = health(), threading.Event(), list[str](), list[None]()
    broken.set()

    def refusing(text: str) -> None:
        if broken.is_set():
            raise NotTold("refused")
        told.append(f"late {json.loads(text)['put_aside']}")

    messenger = Messenger((refusing, lambda _: told.append("at once")), 60.0, of, lambda: failed.append(None))
    messenger.start()
    messenger.tell(digest(put_aside=3))
    until(lambda: len(failed) >= 2)
    assert of.ready().problems == ("notification",)
    broken.clear()
    until(lambda: of.ready().problems == ())

    assert told == ["at once", "late 3"]


def test_a_channel_that_hangs_takes_nothing_from_the_other() -> None:
    released, told = threading.Event(), list[str]()
    messenger = Messenger((lambda _: released.wait(20) and None, told.append), 0.0, health(), lambda: None)
    messenger.start()
    messenger.tell(digest())
    until(lambda: len(told) == 1)
    messenger.tell(digest())
    until(lambda: len(told) == 2)
    released.set()


def test_what_nobody_took_is_a_problem_and_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("py_image_dedup.faces.daemon.messenger.RETRY_S", 0.2)
    of = health()
    told: list[str] = []
    broken = threading.Event()
    broken.set()

    def channel(text: str) -> None:
        if broken.is_set():
            raise NotTold("refused")
        told.append(text)

    started(channel, 5.0, of).tell(digest())
    until(lambda: of.ready().problems == ("notification",))
    broken.clear()
    until(lambda: of.ready().problems == ())

    assert len(told) == 1
