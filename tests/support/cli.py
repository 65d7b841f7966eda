"""Runs the command line as a user does: in a process of its own, with a state folder of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "py_image_dedup"]


@dataclass(frozen=True)
class Ended:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class CommandLine:
    """`state` and `home` are folders of the test."""

    home: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PY_IMAGE_DEDUP_")}
        state = {"PY_IMAGE_DEDUP_STATE_DIRECTORY": str(self.home / "state")}
        return {**kept, **state, "HOME": str(self.home), "PYTHONPATH": str(Path(__file__).resolve().parents[2])}

    def run(self, *arguments: str | Path, **environment: str) -> Ended:
        ended = subprocess.run(
            [*COMMAND, *map(str, arguments)],
            cwd=self.home,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            errors="surrogateescape",
            check=False,
            timeout=120,
        )
        assert "Traceback" not in ended.stderr, ended.stderr
        return Ended(ended.returncode, ended.stdout, ended.stderr)
