"""The demo library holds a copy of every kind, each what it is called."""

import io
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from py_image_dedup.demo.library import Made, files, make_library
from py_image_dedup.model.errors import SettingsError
from tests.support.tree import read_tree

KINDS = {
    *("original", "same-bytes", "sidecar", "metadata-stripped", "png", "re-encoded", "half-size", "brighter", "turned"),
    *("mirrored", "exif-turned", "cropped", "framed", "greyscale", "tiff", "look-alike", "lens-cap", "unreadable"),
}


@pytest.fixture(scope="module")
def made() -> tuple[Made, ...]:
    return tuple(files(1))


def of_kind(made: tuple[Made, ...], kind: str) -> Made:
    return next(m for m in made if m.kind == kind)


def original_of(made: tuple[Made, ...], copy: Made) -> Made:
    return next(m for m in made if m.photograph == copy.photograph and m.kind == "original")


def pixels(file: Made) -> NDArray[np.int16]:
    """As a viewer shows it."""
    with Image.open(io.BytesIO(file.content)) as picture:
        return np.asarray(ImageOps.exif_transpose(picture).convert("RGB"), np.int16)


def test_every_kind_is_there_and_no_path_twice(made: tuple[Made, ...]) -> None:
    assert {m.kind for m in made} == KINDS
    assert len({m.path for m in made}) == len(made)


def test_the_same_seed_gives_the_same_files_and_another_seed_others(made: tuple[Made, ...]) -> None:
    again, other = next(files(1)), next(files(2))

    assert again == made[0]
    assert other.path == made[0].path
    assert other.content != made[0].content


def test_equal_copies_have_equal_bytes(made: tuple[Made, ...]) -> None:
    copies = [m for m in made if m.kind == "same-bytes"]

    assert [m.content == original_of(made, m).content for m in copies] == [True, True]


@pytest.mark.parametrize("kind", ["metadata-stripped", "tiff"])
def test_copies_without_loss_have_other_bytes_and_equal_pixels(made: tuple[Made, ...], kind: str) -> None:
    copy = of_kind(made, kind)
    original = original_of(made, copy)

    assert copy.content != original.content
    assert np.array_equal(pixels(copy), pixels(original))


@pytest.mark.parametrize(("kind", "most"), [("png", 6), ("re-encoded", 8), ("exif-turned", 6)])
def test_copies_with_small_loss_look_the_same(made: tuple[Made, ...], kind: str, most: int) -> None:
    copy = of_kind(made, kind)
    original = original_of(made, copy)

    assert 0 < np.abs(pixels(copy) - pixels(original)).mean() < most


def test_no_copy_says_that_it_was_taken_at_another_time(made: tuple[Made, ...]) -> None:
    """It would be another photograph."""
    times: dict[int, set[str]] = {}
    for file in made:
        if file.photograph and file.path.endswith(".jpg") and file.kind != "unreadable":
            with Image.open(io.BytesIO(file.content)) as picture:
                said = picture.getexif().get_ifd(0x8769).get(0x9003)
            times.setdefault(file.photograph, set()).update({said} - {None})

    assert len(times) >= 8
    assert {number for number, said in times.items() if len(said) != 1} == set()


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("half-size", (480, 320)),
        ("turned", (640, 960)),
        ("mirrored", (960, 640)),
        ("cropped", (864, 576)),
        ("framed", (1066, 746)),
    ],
)
def test_reshaped_copies_have_their_size(made: tuple[Made, ...], kind: str, size: tuple[int, int]) -> None:
    height, width, _ = pixels(of_kind(made, kind)).shape

    assert (width, height) == size


def test_originals_carry_camera_and_time(made: tuple[Made, ...]) -> None:
    with Image.open(io.BytesIO(made[0].content)) as picture:
        exif = picture.getexif()

    assert exif[0x0110] == "Demo Camera 1"
    assert exif.get_ifd(0x8769)[0x9003] == "2023:07:02 11:20:30"


def test_look_alikes_differ_in_more_than_grain(made: tuple[Made, ...]) -> None:
    shots = [m for m in made if m.kind == "look-alike"]
    differing = [np.abs(pixels(a) - pixels(b)).mean() for a, b in pairwise(shots)]

    assert len(shots) == 3
    assert min(differing) > 10


def test_the_unreadable_file_ends_in_its_middle(made: tuple[Made, ...]) -> None:
    with pytest.raises(OSError, match="truncated"):
        pixels(of_kind(made, "unreadable"))


def test_the_library_is_written_into_a_new_folder(tmp_path: Path, made: tuple[Made, ...]) -> None:
    assert make_library(str(tmp_path / "new" / "folder"), 1) == made
    written = {p.relative_to(tmp_path / "new/folder").as_posix() for p in tmp_path.rglob("*.*") if p.is_file()}

    assert written == {m.path for m in made}


def test_a_folder_with_anything_in_it_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    before = read_tree(tmp_path)

    with pytest.raises(SettingsError, match="is not empty"):
        make_library(str(tmp_path))
    assert read_tree(tmp_path) == before


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")

    with pytest.raises(SettingsError, match="cannot be used"):
        make_library(str(tmp_path / "file"))
