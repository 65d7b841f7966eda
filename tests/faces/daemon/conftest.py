import os
import time
from pathlib import Path

import pytest

from tests.support.daemons import DaemonSetup
from tests.support.drawn import drawn, encoded


@pytest.fixture
def setup(tmp_path: Path) -> DaemonSetup:
    """Two roots with one picture each."""
    roots = [tmp_path / "a", tmp_path / "b"]
    for number, root in enumerate(roots):
        root.mkdir()
        (root / f"own{number}.jpg").write_bytes(encoded(drawn(number), "JPEG", quality=95))
        later_s = time.time() + 3600  # of two equal files the newer one stays
        os.utime(root / f"own{number}.jpg", (later_s, later_s))
    home = tmp_path / "home"
    home.mkdir()
    return DaemonSetup(home, roots)
