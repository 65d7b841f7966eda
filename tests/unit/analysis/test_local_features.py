"""Local features are found again in what was made of a picture, and equal places get equal words."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from py_image_dedup.analysis.fingerprints.codebook import KEPT, WORDS, Codebook, codebook_from, shipped
from py_image_dedup.analysis.fingerprints.local_features import POINTS, LocalFeatures, local_features, mirrored
from py_image_dedup.demo.scenes import photograph

Grey = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def scene() -> Grey:
    image = photograph(1, 1).convert("L")
    image.thumbnail((512, 512))
    return np.asarray(image)


def shared_words(one: LocalFeatures, other: LocalFeatures) -> float:
    """Share of the words of the first that the second has."""
    words, others = (set(shipped().words(found.descriptors).tolist()) for found in (one, other))
    return len(words & others) / len(words)


def test_points_are_shares_of_the_picture_and_descriptors_have_length_one(scene: Grey) -> None:
    found = local_features(scene)

    assert 20 < len(found.places) <= POINTS
    assert found.places.min() >= 0
    assert found.places.max() <= 1
    assert np.linalg.norm(found.descriptors, axis=1) == pytest.approx(1, abs=1e-3)


def test_the_same_picture_gives_the_same(scene: Grey) -> None:
    one, again = local_features(scene), local_features(scene.copy())

    assert np.array_equal(one.places, again.places)
    assert np.array_equal(one.descriptors, again.descriptors)


def test_a_flat_picture_has_none() -> None:
    found = local_features(np.full((64, 64), 90, np.uint8))

    assert found.places.shape == (0, 2)
    assert found.descriptors.shape == (0, 128)
    assert shipped().words(found.descriptors).shape == (0,)


def test_a_mirrored_descriptor_is_that_of_the_mirrored_picture(scene: Grey) -> None:
    one, other = local_features(scene), local_features(np.ascontiguousarray(scene[:, ::-1]))

    alike = (mirrored(one.descriptors) @ other.descriptors.T).max(axis=1)

    assert np.array_equal(mirrored(mirrored(one.descriptors)), one.descriptors)
    assert np.median(alike) > 0.95


def test_edits_keep_words_that_another_picture_lacks(scene: Grey) -> None:
    height, width = scene.shape
    other = np.asarray(photograph(2, 7).convert("L").resize((width, height)))
    edits = {
        "turned": np.ascontiguousarray(np.rot90(scene)),
        "cropped": scene[height // 8 : -height // 8, width // 8 : -width // 8],
        "framed": cv2.copyMakeBorder(scene, 20, 20, 20, 20, cv2.BORDER_CONSTANT, value=255),
        "darker": (scene * 0.7).astype(np.uint8),
    }

    found = local_features(scene)
    least = min(shared_words(found, local_features(np.asarray(edit, np.uint8))) for edit in edits.values())

    assert least > 0.08
    assert least > 3 * shared_words(found, local_features(other))


def test_a_thumbnail_has_points_that_its_whole_has(scene: Grey) -> None:
    small = cv2.resize(scene, (64, 48), interpolation=cv2.INTER_AREA)
    framed = cv2.copyMakeBorder(small, 4, 4, 4, 4, cv2.BORDER_CONSTANT, value=255)

    found, whole = local_features(np.asarray(framed, np.uint8)), local_features(scene)

    assert ((found.descriptors @ whole.descriptors.T).max(axis=1) > 0.9).sum() >= 20


def test_a_busy_part_leaves_points_for_all_others(scene: Grey) -> None:
    faint = (scene * 0.2 + 90).astype(np.uint8)
    busy = faint.copy()
    height, width = (side // 2 for side in scene.shape)
    noise = np.random.default_rng(5).integers(0, 256, (height // 4, width // 4), np.uint8)
    busy[: height // 4 * 4, : width // 4 * 4] = np.kron(noise, np.ones((4, 4), np.uint8))

    places = local_features(busy).places

    assert len(places) == POINTS
    assert (places > 0.5).any(axis=1).sum() >= POINTS // 3


def test_faint_structure_has_points_where_there_is_no_other(scene: Grey) -> None:
    faint = (scene * 0.1 + 100).astype(np.uint8)

    assert len(local_features(faint).places) >= POINTS // 2


def test_words_name_the_nearest_centre_of_each_half() -> None:
    centres = np.zeros((2, 256, KEPT // 2), np.float32)
    centres[0, 3, 0], centres[1, 7, 0] = 1, 1
    axes = np.eye(128, KEPT, dtype=np.float32)
    descriptor = np.zeros((1, 128), np.float32)
    descriptor[0, 0] = descriptor[0, KEPT // 2] = 0.9

    words = Codebook(np.zeros(128, np.float32), axes, centres).words(descriptor)

    assert words.tolist() == [3 * 256 + 7]
    assert words.dtype == np.uint16


def test_a_codebook_comes_back_from_its_file(tmp_path: Path, scene: Grey) -> None:
    shipped().saved(tmp_path / "codebook")

    again = codebook_from(tmp_path / "codebook").words(local_features(scene).descriptors)

    assert np.array_equal(again, shipped().words(local_features(scene).descriptors))
    assert again.max() < WORDS
    assert (tmp_path / "codebook").stat().st_size < 100_000
