"""A second volume for tests that move between volumes."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def other_volume(tmp_path: Path) -> Iterator[str]:
    """A folder on another volume than `tmp_path`: memory, which every Linux and container has."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        assert os.stat(folder).st_dev != os.stat(tmp_path).st_dev
        yield folder
