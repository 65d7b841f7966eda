"""A real Prometheus (Debian's package) that scrapes what a test tells it to."""

import json
import shutil
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.daemons import fetched, free_port, wait_until

SCRAPE_S = 1


@dataclass(frozen=True)
class Prometheus:
    port: int

    def ask(self, expression: str) -> list[dict[str, Any]]:
        """The result of an instant query; an error of the query fails the test."""
        query = urllib.parse.urlencode({"query": expression})
        status, body = fetched(self.port, f"/api/v1/query?{query}")
        assert status == 200, (expression, body)
        answer = json.loads(body)["data"]
        return [answer["result"]] if answer["resultType"] in {"scalar", "string"} else list(answer["result"])

    def ask_range(self, expression: str, start_s: float, end_s: float, step_s: float) -> list[dict[str, Any]]:
        """The result of a range query."""
        query = urllib.parse.urlencode({"query": expression, "start": start_s, "end": end_s, "step": step_s})
        status, body = fetched(self.port, f"/api/v1/query_range?{query}")
        assert status == 200, (expression, body)
        return list(json.loads(body)["data"]["result"])

    def rules(self) -> list[dict[str, Any]]:
        groups = json.loads(fetched(self.port, "/api/v1/rules")[1])["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]


@contextmanager
def prometheus(home: Path, target_port: int, rules: Path) -> Iterator[Prometheus]:
    assert shutil.which("prometheus"), "apt install prometheus"
    port = free_port()
    config = home / "prometheus.yml"
    config.write_text(
        f"global: {{scrape_interval: {SCRAPE_S}s, evaluation_interval: {SCRAPE_S}s}}\n"
        f"rule_files: [{json.dumps(str(rules))}]\n"
        "scrape_configs:\n"
        "  - job_name: py-image-dedup\n"
        f"    static_configs: [{{targets: ['127.0.0.1:{target_port}']}}]\n"
    )
    process = subprocess.Popen(
        [
            "prometheus",
            f"--config.file={config}",
            f"--storage.tsdb.path={home / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=error",
        ]
    )
    try:
        wait_until(lambda: fetched(port, "/-/ready")[0] == 200, 60, "Prometheus")
        yield Prometheus(port)
    finally:
        process.terminate()
        process.wait(20)
