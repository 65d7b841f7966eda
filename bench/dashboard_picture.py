"""Draws docs/dashboard.svg: python -m bench.dashboard_picture [SECONDS]

A daemon works on a library to which files come; a real Prometheus (Debian's package) scrapes it and is asked the
queries of deploy/grafana/dashboards/py-image-dedup.json. The panels stand where the dashboard has them, but this script
draws them, not Grafana. The last part of the dashboard (durations, the process itself) is left out.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from html import escape
from math import isfinite
from pathlib import Path
from typing import Any

from tests.support.changes import saved, scaled
from tests.support.daemons import DaemonSetup, copy_of
from tests.support.drawn import drawn, encoded
from tests.support.prometheus import Prometheus, prometheus

ROOT = Path(__file__).resolve().parents[1]
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboards" / "py-image-dedup.json"
RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"
PICTURE = ROOT / "docs" / "dashboard.svg"
COLUMN, LINE, GAP, ROWS = 50, 22, 4, 45  # in pixels; the grid's columns and lines; lines that are drawn
STEP_S = 3
COLOURS = ("#5794f2", "#73bf69", "#ff9830", "#b877d9", "#f2cc0c", "#f2495c", "#8ab8ff", "#96d98d")
NAMED = {"green": "#37872d", "red": "#c4162a", "orange": "#e0752d", "blue": "#1f60c4", "text": "#2c3235"}
Series = tuple[str, list[tuple[float, float]]]  # legend, (second, value)


def library_at_work(setup: DaemonSetup, seconds: float) -> None:
    """Files come to both roots; the second root is away for a while."""
    ends_s, number = time.monotonic() + seconds, 0
    while (left_s := ends_s - time.monotonic()) > 0:
        number += 1
        root = setup.roots[number % 2]
        aside = root.with_name("aside")
        (root / f"new{number}.jpg").write_bytes(encoded(drawn(100 + number), "JPEG"))
        if number % 3 == 0:
            copy_of(root / f"new{number}.jpg", root / f"new{number} copy.jpg")
        if number % 4 == 0:
            smaller = saved(60)(scaled(0.5)(drawn(100 + number)))
            (root / f"sent{number}.jpg").write_bytes(encoded(smaller, "JPEG"))
        if number % 7 == 0:
            (root / f"broken{number}.jpg").write_bytes(b"no picture")
        if number == 12:
            root.rename(aside)
            time.sleep(25)
            aside.rename(root)
        time.sleep(min(left_s, 4))


def asked_for(expression: str) -> str:
    """The expression with Grafana's variables put in."""
    return expression.replace("$instance", ".*").replace("$__rate_interval", "20s")


def legend(form: str, labels: dict[str, str]) -> str:
    """Grafana's legend format."""
    for name, value in labels.items():
        form = form.replace(f"{{{{{name}}}}}", "nas:8000" if name == "instance" else value)
    return form


def series_of(panel: dict[str, Any], prom: Prometheus, start_s: float, end_s: float) -> list[Series]:
    """What Prometheus answers to the panel's queries."""
    return [
        (legend(target["legendFormat"], told["metric"]), [(float(t), float(v)) for t, v in told["values"]])
        for target in panel.get("targets", ())
        for told in prom.ask_range(asked_for(target["expr"]), start_s, end_s, STEP_S)
    ]


def shown(value: float, unit: str) -> str:
    """A number as people read it."""
    if unit in {"bytes", "Bps"}:
        amount = f"{value / 1e6:.1f} MB" if value >= 1e6 else f"{value / 1e3:.0f} kB"
        return amount + ("/s" if unit == "Bps" else "")
    return f"{value:.3g}" + {"s": " s", "cps": "/s"}.get(unit, "")


def text(x: float, y: float, words: str, size: int = 11, style: str = "") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" {style}>{escape(words)}</text>'


def coloured(panel: dict[str, Any], value: float) -> tuple[str, str]:
    """Colour and text of a value, by the panel's mappings and thresholds."""
    defaults = panel["fieldConfig"]["defaults"]
    for mapping in defaults.get("mappings", ()):
        if f"{value:g}" in mapping["options"]:
            option = mapping["options"][f"{value:g}"]
            return NAMED[option["color"]], option["text"]
    steps = defaults.get("thresholds", {}).get("steps", [{"color": "green", "value": None}])
    colour = [step["color"] for step in steps if step["value"] is None or value >= step["value"]][-1]
    return NAMED[colour], shown(value, defaults["unit"])


def stat(panel: dict[str, Any], found: list[Series], w: float, h: float) -> Iterator[str]:
    name, values = found[0]
    colour, words = coloured(panel, values[-1][1])
    words = name if panel["options"].get("textMode") == "name" else words
    yield f'<rect x="8" y="26" width="{w - 16:.0f}" height="{h - 34:.0f}" rx="3" fill="{colour}"/>'
    yield text(w / 2, h / 2 + 18, words, 26, 'fill="#fff" text-anchor="middle"')


def timeline(panel: dict[str, Any], found: list[Series], w: float, h: float) -> Iterator[str]:
    start_s, end_s = span(found)
    found = [one for one in found if any(value for _, value in one[1])] or found[:1]
    high = (h - 34) / len(found)
    for line, (name, values) in enumerate(found):
        y = 28 + line * high
        yield text(8, y + high / 2 + 4, name)
        for second, value in values:
            x = 130 + (w - 140) * (second - start_s) / (end_s - start_s + STEP_S)
            wide = (w - 140) * STEP_S / (end_s - start_s + STEP_S) + 0.5
            colour = coloured(panel, value)[0]
            yield f'<path d="M{x:.1f} {y + 2:.1f}h{wide:.1f}v{high - 4:.1f}h-{wide:.1f}z" fill="{colour}"/>'


def bars(panel: dict[str, Any], found: list[Series], w: float, h: float) -> Iterator[str]:
    most = max(values[-1][1] for _, values in found) or 1.0
    high = (h - 34) / len(found)
    for line, (name, values) in enumerate(found):
        y, wide = 28 + line * high, (w - 190) * values[-1][1] / most
        yield text(8, y + high / 2 + 4, name)
        yield f'<rect x="100" y="{y + 2:.1f}" width="{wide:.1f}" height="{high - 4:.1f}" fill="#73bf69"/>'
        yield text(106 + wide, y + high / 2 + 4, shown(values[-1][1], panel["fieldConfig"]["defaults"]["unit"]))


def lines(panel: dict[str, Any], found: list[Series], w: float, h: float) -> Iterator[str]:
    start_s, end_s = span(found)
    found = [one for one in found if any(value > 0 for _, value in one[1])] or found[:1]
    unit = panel["fieldConfig"]["defaults"]["unit"]
    on_the_right = {rule["matcher"]["options"] for rule in panel["fieldConfig"]["overrides"]}
    most = {
        side: max((v for n, values in found if (n in on_the_right) is side for _, v in values), default=0.0) or 1.0
        for side in (False, True)
    }
    yield text(8, 38, shown(most[False], unit), 10, 'fill="#666"') + text(8, h - 26, "0", 10, 'fill="#666"')
    for place, (name, values) in enumerate(found[:8]):
        top = most[name in on_the_right]
        points = " ".join(
            f"{60 + (w - 72) * (t - start_s) / (end_s - start_s):.0f},{h - 28 - (h - 66) * v / top:.1f}"
            for t, v in values
            if isfinite(v)  # Prometheus says NaN where nothing happened
        )
        colour = COLOURS[place]
        yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>'
        last = f"{name} (to {shown(top, 'bytes')})" if name in on_the_right else name
        yield text(8 + place % 4 * (w - 16) / min(4, len(found)), h - 14 + place // 4 * 11, last, 9, f'fill="{colour}"')


def span(found: list[Series]) -> tuple[float, float]:
    seconds = [second for _, values in found for second, _ in values]
    return min(seconds), max(*seconds, min(seconds) + 1)


DRAWN_AS = {"stat": stat, "state-timeline": timeline, "bargauge": bars, "timeseries": lines}


def panel_drawn(panel: dict[str, Any], found: list[Series]) -> str:
    """One panel in its place."""
    place = panel["gridPos"]
    x, y, w, h = place["x"] * COLUMN, place["y"] * LINE, place["w"] * COLUMN - GAP, place["h"] * LINE - GAP
    if panel["type"] == "row":
        return f'<g transform="translate({x},{y})">{text(4, 16, panel["title"], 13, BOLD)}</g>'
    inside = "".join(DRAWN_AS[panel["type"]](panel, found, w, h)) if found else text(8, h / 2, "no data")
    frame = f'<rect width="{w}" height="{h}" rx="3" fill="#fff" stroke="#d8d9da"/>'
    return f'<g transform="translate({x},{y})">{frame}{text(8, 17, panel["title"], 12, BOLD)}{inside}</g>'


BOLD = 'font-weight="bold"'


def main(seconds: float = 330) -> None:
    """Work, ask, draw."""
    panels = [panel for panel in json.loads(DASHBOARD.read_text())["panels"] if panel["gridPos"]["y"] < ROWS]
    with tempfile.TemporaryDirectory() as base:
        home, roots = Path(base) / "home", [Path(base) / name for name in ("photos", "phone")]
        for folder in (home, *roots):
            folder.mkdir()
        for number in range(60):
            (roots[number % 2] / f"{number}.jpg").write_bytes(encoded(drawn(number), "JPEG"))
        setup = DaemonSetup(home, roots, {"DAEMON_FILE_OBSERVER": "polling", "DEDUPLICATION_REMOVE": "same-bytes"})
        with setup.running() as daemon, prometheus(home, daemon.port, RULES) as prom:
            start_s = time.time() + 5
            library_at_work(setup, seconds)
            drawn_panels = [panel_drawn(panel, series_of(panel, prom, start_s, time.time())) for panel in panels]
    size = f'viewBox="0 0 {24 * COLUMN} {ROWS * LINE}" font-family="sans-serif" fill="#24292e"'
    svg = "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', BACKGROUND, *drawn_panels, "</svg>\n"])
    PICTURE.write_text(svg)
    print(f"{PICTURE.relative_to(ROOT)}: {len(svg) // 1000} kB")


BACKGROUND = '<rect width="100%" height="100%" fill="#f4f5f5"/>'

if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
