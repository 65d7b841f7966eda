"""Metrics and health over HTTP: on the address asked for, under any path, and for everybody although one is slow."""

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from prometheus_client import CollectorRegistry, Gauge

from py_image_dedup.faces.daemon.health import Health, Problem
from py_image_dedup.faces.daemon.server import MOST_REQUESTS, StatsServer
from py_image_dedup.model.errors import SettingsError
from py_image_dedup.settings.load import load


@contextmanager
def served(bind: str = "127.0.0.1", health: Health | None = None) -> Iterator[StatsServer]:
    registry = CollectorRegistry()
    Gauge("answer", "An answer.", registry=registry).set(42)
    server = StatsServer(bind, 0, registry, health or Health(lambda _: None, {}))
    server.start()
    try:
        yield server
    finally:
        server.close()


def asked(server: StatsServer, path: str, address: str = "127.0.0.1") -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://{address}:{server.server_address[1]}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_as_shipped_only_this_machine_is_served() -> None:
    assert load(environ={}, cwd="/", home="/h", check_folders=False).stats.bind == "127.0.0.1"
    with served() as server, pytest.raises(urllib.error.URLError):
        asked(server, "/metrics", "127.0.0.2")


def test_another_address_is_served_where_it_is_asked_for() -> None:
    with served("0.0.0.0") as server:
        assert asked(server, "/metrics", "127.0.0.2")[0] == 200


def test_the_address_is_told_as_a_browser_takes_it() -> None:
    with served() as server:
        assert asked(server, "/")[0] == 200
        assert server.url == f"http://127.0.0.1:{server.server_address[1]}/"
    if socket.has_ipv6:
        with served("::1") as server:
            assert server.url == f"http://[::1]:{server.server_address[1]}/"


@pytest.mark.parametrize("path", ["/", "/metrics", "/metrics/", "/whatever?x=1", "/health"])
def test_the_metrics_stand_under_every_other_path(path: str) -> None:
    with served() as server:
        status, text = asked(server, path)

    assert (status, "answer 42.0" in text) == (200, True)


def test_health_has_a_status_of_its_own() -> None:
    health = Health(lambda _: None, {})
    with served(health=health) as server:
        assert asked(server, "/health/ready") == (200, '{"status": "ok", "problems": []}\n')
        health.note(Problem.ROOT_AWAY, "/secret is away.")
        assert asked(server, "/health/ready") == (503, '{"status": "failing", "problems": ["root_away"]}\n')
        assert asked(server, "/health/live")[0] == 200


def test_those_who_hang_on_without_asking_take_nothing_from_the_others() -> None:
    with served() as server, ExitStack() as held:
        for _ in range(MOST_REQUESTS - 1):
            held.enter_context(socket.create_connection(("127.0.0.1", server.server_address[1])))

        assert asked(server, "/metrics")[0] == 200


def test_a_port_that_is_taken_is_a_sentence() -> None:
    with served() as server, pytest.raises(SettingsError, match=r"see stats\.bind"):
        StatsServer("127.0.0.1", server.server_address[1], CollectorRegistry(), Health(lambda _: None, {}))
