"""The unit tests of removal alone run through most of it; what is left, the proofs under tests/faults run through."""

import os
import subprocess
import sys
from pathlib import Path

from tests.house.house import ROOT

FLOOR = 93  # per cent of statements and branches together; the floor may only rise


def test_unit_tests_run_through_most_of_removal(tmp_path: Path) -> None:
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-n0", "-q", "-p", "no:cacheprovider", "tests/unit/disposal"),
            *("--cov=py_image_dedup.disposal", "--cov-branch", f"--cov-fail-under={FLOOR}", "--cov-report=term"),
        ],
        cwd=ROOT,
        env={**os.environ, "COVERAGE_FILE": str(tmp_path / "coverage")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout[-2000:]
