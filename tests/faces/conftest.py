import shutil
from pathlib import Path

import pytest

from py_image_dedup.demo.library import make_library
from tests.support.cli import CommandLine


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("demo") / "Pictures"
    make_library(str(place), 1)
    return place


@pytest.fixture
def pictures(made_once: Path, tmp_path: Path) -> Path:
    """The demo library, one to a test."""
    return Path(shutil.copytree(made_once, tmp_path / "Pictures"))


@pytest.fixture
def command_line(tmp_path: Path) -> CommandLine:
    home = tmp_path / "home"
    home.mkdir()
    return CommandLine(home)
