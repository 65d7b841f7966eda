"""Every expression of dashboard and alert rules gives data in a real Prometheus that scrapes a daemon at work."""

import json
import math
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from tests.support.daemons import DaemonSetup, copy_of, wait_until
from tests.support.drawn import drawn, encoded
from tests.support.prometheus import Prometheus, prometheus

ROOT = Path(__file__).resolve().parents[3]
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboards" / "py-image-dedup.json"
RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"
SELECTOR = re.compile(r"\b(?:py_image_dedup_\w+|duplicate_action_total|file_event_total|up)(?:\{[^}]*\})?(?:\[\w+\])?")


def dashboard() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(DASHBOARD.read_text("utf-8"))
    return read


def expressions() -> list[tuple[str, str]]:
    """Panel title and expression, with Grafana's variables put in as Grafana does for "All"."""
    return [
        (panel["title"], target["expr"].replace("$instance", ".*").replace("$__rate_interval", "20s"))
        for panel in dashboard()["panels"]
        for target in panel.get("targets", ())
    ]


def test_the_dashboard_is_whole() -> None:
    """What Grafana needs to import it: ids, places that do not overlap, a data source that can be chosen."""
    panels = dashboard()["panels"]
    ids = [panel["id"] for panel in panels]
    cells = [
        (x, y)
        for panel in panels
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(set(ids)) == len(ids)
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24
    assert {p["datasource"]["uid"] for p in panels if p["type"] != "row"} == {"${datasource}"}
    assert [v["name"] for v in dashboard()["templating"]["list"]] == ["datasource", "instance"]
    assert dashboard()["schemaVersion"] >= 36
    assert len(expressions()) >= 30


def test_grafana_s_own_model_of_a_dashboard_holds_all_of_it() -> None:
    """Nothing is there that Grafana does not know or has in another shape; `definition` alone its model leaves out."""
    register_default_plugins()
    kept = json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard())))
    meant = dashboard()
    del meant["templating"]["list"][1]["definition"]

    assert lost(meant, kept) == []


def lost(meant: Any, kept: Any, place: str = "") -> list[str]:
    """Where what is meant is not what is kept; more may be kept."""
    if isinstance(meant, dict) and isinstance(kept, dict):
        return [line for key, value in meant.items() for line in lost(value, kept.get(key), f"{place}/{key}")]
    if isinstance(meant, list) and isinstance(kept, list) and len(meant) == len(kept):
        return [line for n, value in enumerate(meant) for line in lost(value, kept[n], f"{place}/{n}")]
    return [] if meant == kept else [place]


def test_alert_rules_pass_their_own_tests() -> None:
    checked = subprocess.run(
        ["promtool", "test", "rules", "alerts.test.yml"], cwd=RULES.parent, capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_alert_rule_is_tested() -> None:
    named = re.findall(r"alert: (\w+)", RULES.read_text())
    tests = RULES.with_name("alerts.test.yml").read_text()

    assert [name for name in named if tests.count(f"alertname: {name}\n") < 1] == []
    assert len(named) >= 8


@pytest.mark.timeout(300)
def test_every_expression_gives_data_from_a_daemon_at_work(setup: DaemonSetup, tmp_path: Path) -> None:
    with (
        setup.running(PY_IMAGE_DEDUP_DAEMON_FILE_OBSERVER="polling") as daemon,
        prometheus(tmp_path, daemon.port, RULES) as asked,
    ):
        for number in range(6):  # something happens while it is scraped
            copy_of(setup.roots[0] / "own0.jpg", setup.roots[1] / f"copy{number}.jpg")
            (setup.roots[0] / f"new{number}.jpg").write_bytes(encoded(drawn(10 + number), "JPEG"))
            time.sleep(1.5)
        wait_until(daemon.is_idle, 30)
        time.sleep(3)

        empty = [(title, expression) for title, expression in expressions() if not told(asked, expression)]
        assert empty == []
        selectors = {s for rule in asked.rules() for s in SELECTOR.findall(rule["query"])}
        assert [s for s in selectors if not asked.ask(f"count({s})" if "[" not in s else f"count_over_time({s})")] == []
        assert {(rule["name"], rule["health"]) for rule in asked.rules() if rule["health"] != "ok"} == set()
        assert len(selectors) >= 8
        assert asked.ask('sum(duplicate_action_total{action="delete"})')[0]["value"][1] == "6"


def told(asked: Prometheus, expression: str) -> bool:
    """Whether at least one number comes back."""
    return any(math.isfinite(float(sample["value"][1])) for sample in asked.ask(expression))
