"""The unit tests of removal run through all of it: every statement and every branch, verification of the plan included.

Nothing is left out.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.house import ROOT

PER_CENT = 100  # of statements and branches together


@pytest.mark.timeout(900)
def test_unit_tests_run_through_all_of_removal(tmp_path: Path) -> None:
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-n0", "-q", "-p", "no:cacheprovider", "tests/unit/disposal"),
            *("--cov=py_image_dedup.disposal", "--cov-branch", f"--cov-fail-under={PER_CENT}"),
            "--cov-report=term-missing:skip-covered",
        ],
        cwd=ROOT,
        env={**os.environ, "COVERAGE_FILE": str(tmp_path / "coverage")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout[-2000:]
