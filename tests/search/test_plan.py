"""Whatever holds the index, the plan is the same, byte for byte."""

import subprocess
import sys
import uuid
from pathlib import Path

from tests.support.search_fixtures import Address


def start(folder: Path, *words: str, **environment: str) -> str:
    """A command in a process of its own, as a user starts it; gives what it said of trouble."""
    return subprocess.run(
        [sys.executable, "-m", "py_image_dedup", *words],
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    ).stderr


def plan_of(folder: Path, name: str, **environment: str) -> bytes:
    plan = folder / name / "plan.json"
    words = ["deduplicate", "--dry-run", "--state", str(folder / name), "--plan", str(plan), str(folder / "library")]
    said = start(folder, *words, **environment)
    assert plan.exists(), said
    return plan.read_bytes()


def test_the_plan_is_the_same_as_from_the_embedded_index(tmp_path: Path, address_of: Address) -> None:
    start(tmp_path, "demo", str(tmp_path / "library"))
    for name in ("sqlite", "server"):
        (tmp_path / name).mkdir()
    server = {
        "PY_IMAGE_DEDUP_ELASTICSEARCH_HOST": address_of("elasticsearch8"),
        "PY_IMAGE_DEDUP_ELASTICSEARCH_INDEX": f"plan-{uuid.uuid4().hex}",
    }

    embedded = plan_of(tmp_path, "sqlite")
    first = plan_of(tmp_path, "server", **server)
    again = plan_of(tmp_path, "server", **server)

    assert embedded == first == again
    assert embedded.count(b'"verb": "remove"') > 0
