"""Two volumes: memory, where syncs are quick on a busy machine too, and the disk for moves between volumes."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder in memory: removal syncs often, and what a sync does to a disk is not the question here."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.fixture
def other_volume(tmp_path: Path) -> Iterator[str]:
    """A folder on another volume than `tmp_path`."""
    with tempfile.TemporaryDirectory() as folder:
        assert os.stat(folder).st_dev != os.stat(tmp_path).st_dev
        yield folder
