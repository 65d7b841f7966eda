"""Tiny pictures: a thumbnail is an edited version of what it was made from, never the same picture; icons are equal."""

import random
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance, ImageOps

from py_image_dedup.analysis.analyse import analyse_file
from py_image_dedup.analysis.on_demand import digest_of, pixels_of
from py_image_dedup.demo.scenes import photograph
from py_image_dedup.matching.candidates.nearest import nearest
from py_image_dedup.matching.comparison.compare import Pair
from py_image_dedup.matching.comparison.edited_pairs import EditAwarePairTask
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import Relation
from tests.support.drawn import encoded, written
from tests.support.look_alike_corpus import KINDS, PICTURES
from tests.support.look_alikes import photograph as scene_of_seed

Picture = Image.Image
METHODS = ("pdq", "words", "pixels")
HARMLESS = {None, Relation.LOOK_ALIKE}


def analysed(folder: Path, picture: Picture, name: str) -> ImageRecord:
    quality = {"quality": 92} if name.endswith(".jpg") else {}
    kind = "JPEG" if quality else name.rpartition(".")[2].upper()
    found = analyse_file(written(folder, name, encoded(picture, kind, **quality)), METHODS)
    assert isinstance(found, ImageRecord)
    return found


def told(one: ImageRecord, other: ImageRecord) -> Relation | None:
    candidate = nearest(one, other)
    assert candidate is not None
    by_content = {r.sha256: r for r in (one, other)}
    pair = Pair(candidate, by_content[candidate.left], by_content[candidate.right])
    (answer,) = EditAwarePairTask(pixels_of, digest_of)([pair]).comparisons
    return answer.relation


def tiny(picture: Picture, short_side: int) -> Picture:
    shrink = short_side / min(picture.size)
    return picture.resize((round(picture.width * shrink), round(picture.height * shrink)), Image.Resampling.LANCZOS)


@pytest.fixture(scope="module")
def scene() -> Picture:
    return photograph(1, 1).convert("RGB").resize((640, 480))


@pytest.mark.parametrize("short_side", [16, 20, 31])
def test_a_thumbnail_is_a_version_of_its_picture(tmp_path: Path, scene: Picture, short_side: int) -> None:
    whole, small = analysed(tmp_path, scene, "a.jpg"), analysed(tmp_path, tiny(scene, short_side), "b.jpg")

    assert told(whole, small) is Relation.EDITED


@pytest.mark.parametrize("change", [ImageOps.mirror, ImageEnhance.Brightness, ImageEnhance.Contrast])
def test_a_thumbnail_of_a_changed_copy_too(tmp_path: Path, scene: Picture, change: type) -> None:
    changed = change(scene) if change is ImageOps.mirror else change(scene).enhance(1.2)

    whole, small = analysed(tmp_path, changed, "a.jpg"), analysed(tmp_path, tiny(scene, 24), "b.jpg")

    assert told(whole, small) is Relation.EDITED


def test_a_thumbnail_is_none_of_another_picture(tmp_path: Path) -> None:
    small = analysed(tmp_path, tiny(scene_of_seed(1), 24), "a.jpg")

    for seed in range(2, 12):
        assert told(small, analysed(tmp_path, scene_of_seed(seed), "b.jpg")) is None


@pytest.mark.parametrize("kind", ["burst", "handheld_burst", "next_views", "forms", "invoices"])
def test_a_thumbnail_of_a_look_alike_is_no_version(tmp_path: Path, kind: str) -> None:
    first, *others = KINDS[kind](random.Random(kind), PICTURES)
    small = analysed(tmp_path, tiny(first, 24), "a.jpg")

    for other in others:
        assert told(small, analysed(tmp_path, other, "b.jpg")) in HARMLESS


def test_of_two_tiny_pictures_only_equal_ones_are_copies(tmp_path: Path, scene: Picture) -> None:
    one = analysed(tmp_path, tiny(scene, 24), "a.png")

    assert told(one, analysed(tmp_path, tiny(scene, 24), "b.bmp")) is Relation.SAME_PIXELS
    assert told(one, analysed(tmp_path, tiny(scene, 24), "b.jpg")) is None
    assert told(one, analysed(tmp_path, tiny(scene, 30), "b.png")) is None
