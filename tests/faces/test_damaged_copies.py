"""A copy that looks better by its size and is broken inside: the intact one is never put aside for it."""

from pathlib import Path

import pytest
from PIL import Image

from py_image_dedup.demo.scenes import photograph
from tests.support.cli import CommandLine
from tests.support.damaged import START_OF_SCAN
from tests.support.tree import read_tree


def saved_at(path: Path, image: Image.Image, quality: int, **options: object) -> None:
    path.parent.mkdir(exist_ok=True)
    image.save(path, "JPEG", quality=quality, **options)


@pytest.fixture
def whole() -> Image.Image:
    image = photograph(1, 1).convert("RGB")
    image.thumbnail((480, 480))
    return image


@pytest.fixture
def library(tmp_path: Path, whole: Image.Image) -> Path:
    half = whole.resize((whole.width // 2, whole.height // 2))
    saved_at(tmp_path / "Pictures" / "half.jpg", half, 90)
    return tmp_path / "Pictures"


def test_the_intact_smaller_copy_goes_for_the_larger_one(
    command_line: CommandLine, library: Path, whole: Image.Image
) -> None:
    saved_at(library / "whole.jpg", whole, 92)

    command_line.run("deduplicate", "--no-dry-run", library)

    assert set(read_tree(library)) >= {"whole.jpg"}
    assert not (library / "half.jpg").exists()


def test_it_stays_and_is_shown_where_blocks_of_the_larger_one_are_broken(
    command_line: CommandLine, library: Path, whole: Image.Image
) -> None:
    broken = whole.copy()
    broken.paste(whole.crop((200, 40, 216, 56)).transpose(Image.Transpose.ROTATE_180), (96, 160))
    saved_at(library / "whole.jpg", broken, 92)
    before = read_tree(library)

    shown = command_line.run("deduplicate", "--no-dry-run", library)

    assert read_tree(library) == before
    assert "damaged" in shown.out


def test_it_stays_where_fine_scans_of_the_larger_one_are_missing(
    command_line: CommandLine, library: Path, whole: Image.Image
) -> None:
    """Cut off after its coarse scans and closed by a program that repairs such files: decodes without a word."""
    saved_at(library / "whole.jpg", whole, 92, progressive=True)
    data = (library / "whole.jpg").read_bytes()
    (library / "whole.jpg").write_bytes(data[: data.rfind(START_OF_SCAN)] + b"\xff\xd9")
    before = read_tree(library)

    shown = command_line.run("deduplicate", "--no-dry-run", library)

    assert read_tree(library) == before
    assert "scans are missing at its end" in shown.out
