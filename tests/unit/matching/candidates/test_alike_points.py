"""The bound for many partners at once lets everyone pass whose points agree on a map, and few others."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from py_image_dedup.matching.candidates.alike_points import Asked, may_lie_alike
from py_image_dedup.matching.geometry.part_of import LEAST_INLIERS
from py_image_dedup.matching.geometry.point_model import mirrored_model, plain_model
from py_image_dedup.matching.geometry.points import POINT, SIGN_BYTES, WORDS, points_of
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import Fingerprint, ImageFacts, ImageRecord

SIGNS = (0b0110_1001_1100_0011_0101_1010_0110).to_bytes(SIGN_BYTES, "little")
WIDTH = 0.75  # in shares of the longest side

Raw = npt.NDArray[np.void]


@dataclass(frozen=True)
class Partner:
    points: Raw
    is_left: bool


def some_points(random: np.random.Generator, count: int) -> Raw:
    points = np.zeros(count, POINT)
    for name, most in (("x", 49_000), ("y", 65_536), ("size", 240), ("angle", 256)):
        points[name] = random.integers(0, most, count)
    points["size"] = random.integers(100, 220, count)
    points["numbers"] = random.integers(0, 256, points["numbers"].shape)
    return points


def mirrored(points: Raw) -> Raw:
    """As the fingerprint of the mirrored picture has them."""
    signs = int.from_bytes(SIGNS, "little")
    turned = points.copy()
    turned["x"] = round(WIDTH * 65535) - points["x"].astype(int)
    turned["angle"] = 128 - points["angle"]
    for half, shift in ((0, 4), (1, 0)):
        for number in range(points["numbers"].shape[1]):
            if signs >> (2 * number + half) & 1:
                level = points["numbers"][:, number] >> shift & 15
                kept = turned["numbers"][:, number] & (15 << 4 - shift)
                turned["numbers"][:, number] = kept | (15 - level) << shift
    return turned


def partly(random: np.random.Generator, points: Raw, common: int) -> Raw:
    """Another picture that has some of the points, moved, smaller, turned a little and noisy."""
    copy = some_points(random, len(points))
    copy[:common] = points[:common]
    for name, by in (("x", 2_000), ("y", 1_500)):
        moved = points[name][:common] * 0.9 + by + random.normal(0, 300, common)
        copy[name][:common] = np.clip(moved, 0, 65535).astype(int)
    copy["size"][:common] -= np.uint8(3)
    copy["angle"][:common] += random.integers(0, 6, common).astype(np.uint8)
    copy["numbers"][:common] ^= (random.random((common, 14)) < 0.2).astype(np.uint8)
    return copy


def record(points: Raw) -> ImageRecord:
    facts = ImageFacts(3000, 4000, "JPEG", "RGB")
    value = SIGNS + points.tobytes() if len(points) else b""
    return ImageRecord(ImageFile("/a.jpg", "", 1, 1, 1, 1, 1), bytes(32), facts, (Fingerprint(WORDS, 1, value),))


def asked(partner: Partner) -> Asked:
    return Asked(record(partner.points).fingerprints[0].value, partner.is_left, WIDTH)


def inliers(points: Raw, partner: Partner, *, is_mirrored: bool) -> int:
    """What the map itself says."""
    both = (points, partner.points) if not partner.is_left else (partner.points, points)
    left, right = (points_of(record(side)) for side in reversed(both))
    model = mirrored_model(left, right, WIDTH) if is_mirrored else plain_model(left, right)
    return 0 if model is None else model.inliers


@pytest.mark.parametrize("is_mirrored", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_whose_points_agree_passes_and_few_strangers_do(seed: int, *, is_mirrored: bool) -> None:
    random = np.random.Generator(np.random.PCG64(seed))
    points = some_points(random, 120)
    partners = []
    for common in (0, 0, 3, 4, 5, 6, 7, 8, 10, 15, 30, 60, 0, 0, 0, 0):
        copy = partly(random, points, common)
        partners.append(Partner(mirrored(copy) if is_mirrored else copy, bool(random.random() < 0.5)))
    may = may_lie_alike(SIGNS + points.tobytes(), [asked(p) for p in partners], is_mirrored=is_mirrored)

    agreeing = [inliers(points, p, is_mirrored=is_mirrored) >= LEAST_INLIERS for p in partners]

    assert sum(agreeing) >= 5
    assert all(passes for passes, agrees in zip(may, agreeing, strict=True) if agrees)
    assert not may[[0, 1, 12, 13, 14, 15]].any()


def test_a_picture_is_asked_for_whole_on_whole() -> None:
    random = np.random.Generator(np.random.PCG64(9))
    points = some_points(random, 90)

    for is_left in (True, False):
        same = [asked(Partner(points, is_left)), asked(Partner(mirrored(points), is_left))]
        assert may_lie_alike(SIGNS + points.tobytes(), same, is_mirrored=False).tolist() == [True, False]
        assert may_lie_alike(SIGNS + points.tobytes(), same, is_mirrored=True).tolist() == [False, True]


def test_pictures_without_points_lie_like_none() -> None:
    points = some_points(np.random.Generator(np.random.PCG64(3)), 50)
    value, nothing = SIGNS + points.tobytes(), Asked(b"", is_left=True, right_width=1.0)

    assert may_lie_alike(value, [], is_mirrored=False).tolist() == []
    assert may_lie_alike(value, [nothing, asked(Partner(points, is_left=True))], is_mirrored=False).tolist() == [
        False,
        True,
    ]
    assert may_lie_alike(b"", [asked(Partner(points, is_left=True))], is_mirrored=False).tolist() == [False]
