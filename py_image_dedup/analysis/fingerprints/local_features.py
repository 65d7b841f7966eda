"""Points of a picture that are found again when it is cropped, turned, framed or straightened, and what is around them.

SIFT (Lowe 2004) as OpenCV computes it, described as RootSIFT (Arandjelović and Zisserman 2012). 10 ms a picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

# Longest side, pixels: larger pictures are reduced. Smaller ones are enlarged, since the fine structure of a thumbnail
# is the coarse one of its whole: of 36 framed copies of an eighth of the size 36 instead of 26 have five points in
# common with their whole, of crops to half of a quarter of the size 35 instead of 27.
SIDE, LEAST_SIDE = 256, 128
POINTS = 144  # with all else that is kept of a picture they take 4 KB
# Of so many the best of each of 4 x 4 parts of the picture come first, then the second best; large ones are preferred.
# Of 60 crops to 35 % 51 instead of 46 have five points in common with their whole, of 60 copies with lines of words
# across them 54 instead of 46: neither letters nor grass take all. A picture takes 0.3 ms more.
POOL, PARTS, LARGER = 200, 4, 0.5
# Scales an octave. With 2 instead of 3 a picture takes 2 ms of 16 less, and as many copies are found: 187 of 188 by one
# change either way, 81 instead of 80 of 106 by hard ones.
LAYERS = 2
# A contrast threshold below the usual 0.04: soft and dark pictures have points too, the strongest are taken anyway.
CONTRAST = 0.02
# Where that gives fewer points than these, fainter ones are taken too: of 32 crops to 50 to 80 % of the 8 photographs
# with the fewest, 31 instead of 21 have five points in common with their whole. 3 photographs in 100 are asked twice.
FEW, FAINT = 64, 0.005
CELLS, ANGLES = 4, 8  # a descriptor: 4 x 4 cells of 8 directions

Descriptors = npt.NDArray[np.float32]  # n x 128


@dataclass(frozen=True, slots=True)
class LocalFeatures:
    """Strong points from all parts of one picture, strongest first."""

    places: npt.NDArray[np.float32]  # n x 2: x and y as shares of width and height
    sizes: npt.NDArray[np.float32]  # n: diameter in pixels of `looked_at`
    angles: npt.NDArray[np.float32]  # n: degrees
    descriptors: Descriptors  # n x 128, each of length 1


def local_features(grey: npt.NDArray[np.uint8]) -> LocalFeatures:
    """At most `POINTS` points of a picture (height x width)."""
    small = _resized(grey)
    points, raw = _detected(small, CONTRAST)
    if len(points) < FEW:
        points, raw = _detected(small, FAINT)
    if not points:
        return LocalFeatures(*(np.zeros(shape, np.float32) for shape in ((0, 2), 0, 0, (0, 128))))
    every = np.array([(*p.pt, p.size, p.angle, p.response) for p in points], np.float32)
    places, scale = every[:, :2], np.array(small.shape[::-1], np.float32)
    order = np.lexsort((*every[:, 3::-1].T, -every[:, 4]))[:POOL]
    chosen = order[_spread(places[order] / scale, every[order, 4] * every[order, 2] ** LARGER)]
    return LocalFeatures(
        places[chosen] / scale,
        every[chosen, 2],
        every[chosen, 3],
        _rooted(raw[chosen]),
    )


def _detected(grey: npt.NDArray[np.uint8], contrast: float) -> tuple[Sequence[cv2.KeyPoint], Descriptors]:
    sift = cv2.SIFT.create(nfeatures=POOL, nOctaveLayers=LAYERS, contrastThreshold=contrast)
    points, raw = sift.detectAndCompute(grey, None)
    return points, np.asarray(raw, np.float32) if points else np.zeros((0, CELLS * CELLS * ANGLES), np.float32)


def looked_at(shape: tuple[int, ...]) -> tuple[int, int]:
    """Height and width of the picture that points are looked for in, of one of this shape."""
    longest = max(shape[:2])
    scale = min(max(longest, LEAST_SIDE), SIDE) / longest
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def _spread(places: npt.NDArray[np.float32], scores: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Which `POINTS` to take, in the order given: the best of each part of the picture, then the second best, ..."""
    column, row = np.clip((places * PARTS).astype(np.int64), 0, PARTS - 1).T
    part = row * PARTS + column
    by_part = np.lexsort((-scores, part))
    in_part = np.empty(len(part), np.int64)
    in_part[by_part] = np.arange(len(part)) - np.searchsorted(part[by_part], part[by_part])
    return np.sort(np.lexsort((-scores, in_part))[:POINTS])


def mirrored(descriptors: Descriptors) -> Descriptors:
    """Give the descriptors of the picture mirrored left to right: the cells' rows and directions run the other way."""
    cells = descriptors.reshape(-1, CELLS, CELLS, ANGLES)[:, ::-1]
    return np.ascontiguousarray(cells[..., -np.arange(ANGLES) % ANGLES].reshape(-1, CELLS * CELLS * ANGLES))


def _resized(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    height, width = looked_at(grey.shape)
    if (height, width) == grey.shape:
        return grey
    way = cv2.INTER_AREA if height < grey.shape[0] or width < grey.shape[1] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(grey, (width, height), interpolation=way), np.uint8)


def _rooted(raw: Descriptors) -> Descriptors:
    shares = raw / np.maximum(raw.sum(axis=1, keepdims=True), 1e-6)
    return np.asarray(np.sqrt(shares), np.float32)
