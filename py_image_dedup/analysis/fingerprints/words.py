"""Local features as words with their places: what finds and lays on each other pictures that show a part of each other.

A point has the word of its descriptor, the word it would have in the mirrored picture, its place, size and angle, and
the strongest 28 of the 48 numbers of its descriptor in half bytes: enough to find its partner among the points of
another picture without reading either picture again. 24 bytes a point.
"""

import numpy as np
import numpy.typing as npt

from py_image_dedup.analysis.fingerprints import VERSIONS
from py_image_dedup.analysis.fingerprints.codebook import HALVES, KEPT, Codebook, shipped
from py_image_dedup.analysis.fingerprints.local_features import LocalFeatures, local_features, looked_at, mirrored
from py_image_dedup.analysis.fingerprints.method import Method, Reading
from py_image_dedup.model.images import DETAIL_FLOOR

NUMBERS = 28
POINT = np.dtype(
    [
        ("word", "<u2"),
        ("mirrored", "<u2"),
        ("x", "<u2"),  # in shares of the longest side, 0..65535
        ("y", "<u2"),
        ("size", "u1"),  # 20 steps an octave; 240 is the longest side
        ("angle", "u1"),  # 256 steps a turn
        ("numbers", "u1", NUMBERS // 2),  # two numbers a byte, the first one in the upper half
    ]
)
WHOLE = 65535
SIZE_STEPS, SIZE_TOP = 20, 240
# A number of a descriptor is 0.05 or less on average: 0.19 for the strongest, of which 2 in 100 are cut off here.
NUMBER_STEP = 0.05


def encoded(features: LocalFeatures, shape: tuple[int, int], book: Codebook) -> bytes:
    """4 bytes that say which numbers change their sign in the mirrored picture, then a `POINT` for each point."""
    points = np.zeros(len(features.sizes), POINT)
    flipped = mirrored(features.descriptors)
    points["word"], points["mirrored"] = book.words(features.descriptors), book.words(flipped)
    height, width = shape
    places = features.places * np.array([width, height], np.float32) / max(shape)
    points["x"], points["y"] = np.rint(np.clip(places, 0, 1) * WHOLE).T
    octaves = np.log2(np.maximum(features.sizes, 1e-3) / max(shape))
    points["size"] = np.clip(np.rint(SIZE_TOP + SIZE_STEPS * octaves), 0, SIZE_TOP)
    points["angle"] = np.rint(features.angles / 360 * 256).astype(np.int64) % 256
    points["numbers"] = _halves((features.descriptors - book.mean) @ book.axes[:, _strongest()])
    return _mirror_signs(book).to_bytes(4, "little") + points.tobytes()


def _strongest() -> npt.NDArray[np.int64]:
    """The axes of the codebook come strong to weak twice, once in each half."""
    half = np.arange(NUMBERS // HALVES)
    return np.concatenate([half, half + KEPT // HALVES])


def _halves(values: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    levels = (np.clip(np.floor(values / NUMBER_STEP), -8, 7) + 8).astype(np.uint8)
    return np.asarray(levels[:, ::2] << 4 | levels[:, 1::2], np.uint8)


def _mirror_signs(book: Codebook) -> int:
    """The axes are those of pictures and their mirror images together: each stays as it is, or changes its sign."""
    axes = np.ascontiguousarray(book.axes.T[_strongest()])
    changes = (axes * mirrored(axes)).sum(axis=1) < 0
    return sum(1 << number for number in np.flatnonzero(changes).tolist())


def fingerprint(reading: Reading) -> bytes | None:
    """See `encoded`; None for pictures without detail, which are compared by nothing they show."""
    if reading.detail < DETAIL_FLOOR:
        return None
    return encoded(local_features(reading.grey), looked_at(reading.grey.shape), shipped())


METHOD = Method("words", VERSIONS["words"], fingerprint, example="112622746b80b106")
