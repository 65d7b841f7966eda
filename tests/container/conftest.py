import os
import time
from pathlib import Path

import pytest

from tests.support.containers import Image, built_image, own
from tests.support.drawn import drawn, encoded


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """One for all test processes of a run."""
    own_folder = tmp_path_factory.getbasetemp()
    return built_image((own_folder.parent if "PYTEST_XDIST_WORKER" in os.environ else own_folder) / "image")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A picture and its copy, as user 1000 has them."""
    root = tmp_path / "library"
    (root / "sub").mkdir(parents=True)
    later_s = time.time() + 3600
    (root / "picture.jpg").write_bytes(encoded(drawn(1), "JPEG"))
    os.utime(root / "picture.jpg", (later_s, later_s))
    (root / "sub" / "copy.jpg").write_bytes((root / "picture.jpg").read_bytes())
    (root / "other.jpg").write_bytes(encoded(drawn(2), "JPEG"))
    own(root, 1000)
    return root
