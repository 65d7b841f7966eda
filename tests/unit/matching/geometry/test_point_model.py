"""A map between two pictures is found from their points alone, also for mirrored and turned ones."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from py_image_dedup.analysis.analyse import analyse_file
from py_image_dedup.demo.scenes import photograph
from py_image_dedup.matching.geometry.point_model import PointModel, point_model
from py_image_dedup.matching.geometry.points import NUMBERS, WORDS, points_of, words_of
from py_image_dedup.model.images import Fingerprint, ImageRecord
from tests.support.drawn import encoded, written
from tests.support.records import record


@pytest.fixture(scope="module")
def scene() -> Image.Image:
    return photograph(1, 1).convert("RGB").resize((640, 480))


def analysed(folder: Path, picture: Image.Image, name: str) -> ImageRecord:
    found = analyse_file(written(folder, name, encoded(picture, "PNG")), ("words",))
    assert isinstance(found, ImageRecord)
    return found


def model_of(folder: Path, left: Image.Image, right: Image.Image) -> PointModel | None:
    ours, theirs = analysed(folder, left, "left.png"), analysed(folder, right, "right.png")
    return point_model(points_of(ours), points_of(theirs), right.width / max(right.size))


def test_a_picture_lies_on_itself(tmp_path: Path, scene: Image.Image) -> None:
    found = model_of(tmp_path, scene, scene)

    assert found is not None
    assert not found.is_mirrored
    assert found.inliers > 50
    assert found.affine == pytest.approx(np.eye(2, 3), abs=0.002)


def test_a_crop_lies_where_it_was_cut_out(tmp_path: Path, scene: Image.Image) -> None:
    found = model_of(tmp_path, scene, scene.crop((160, 120, 576, 432)))

    assert found is not None
    assert found.affine == pytest.approx(np.array([[0.65, 0, 0.25], [0, 0.65, 0.1875]]), abs=0.005)


def test_a_mirrored_picture_is_known_without_points_of_its_own(tmp_path: Path, scene: Image.Image) -> None:
    found = model_of(tmp_path, scene, ImageOps.mirror(scene))

    assert found is not None
    assert found.is_mirrored
    assert found.affine == pytest.approx(np.array([[-1, 0, 1], [0, 1, 0]]), abs=0.005)


def test_a_quarter_turn_is_a_map_like_others(tmp_path: Path, scene: Image.Image) -> None:
    found = model_of(tmp_path, scene, scene.transpose(Image.Transpose.ROTATE_90))

    assert found is not None
    assert found.affine == pytest.approx(np.array([[0, -1, 1], [1, 0, 0]]), abs=0.005)


def test_two_pictures_have_no_map_that_many_points_agree_with(tmp_path: Path, scene: Image.Image) -> None:
    other = photograph(2, 7).convert("RGB").resize((640, 480))

    found = model_of(tmp_path, scene, other)

    assert found is None or found.inliers < 6


def test_a_picture_without_points_lies_on_nothing(tmp_path: Path, scene: Image.Image) -> None:
    assert points_of(record("/bare")).places.shape == (0, 2)
    assert [len(words) for words in words_of(record("/bare"))] == [0, 0]
    assert point_model(points_of(record("/bare")), points_of(analysed(tmp_path, scene, "left.png")), 1.0) is None


def test_the_mirror_of_a_mirror_is_what_it_was(tmp_path: Path, scene: Image.Image) -> None:
    points = points_of(analysed(tmp_path, scene, "left.png"))

    twice = points.mirrored(1.0).mirrored(1.0)

    assert points.numbers.shape[1] == NUMBERS
    assert twice.places == pytest.approx(points.places)
    assert twice.numbers == pytest.approx(points.numbers)
    assert np.array_equal(twice.words, points.words)


def test_a_value_of_another_length_is_refused() -> None:
    damaged = ImageRecord(record("/a").file, b"a" * 32, record("/a").facts, (Fingerprint(WORDS, 1, b"1234567"),))

    with pytest.raises(ValueError, match="words fingerprint"):
        points_of(damaged)
