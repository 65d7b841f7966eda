"""The signature of the image-match library (after Wong, Bern, Goldberg, "An Image Signature for Any Kind of Image",
ICIP 2002), value for value, so that indexes written with it stay usable.

Its quirks are kept where they change values; each is named where it happens. Made on request only: it needs all pixels.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from py_image_dedup.analysis.fingerprints import VERSIONS
from py_image_dedup.analysis.fingerprints.method import Method, Reading

Array = npt.NDArray[Any]
Signature = npt.NDArray[np.int8]
GRID = 9
LENGTH = GRID * GRID * 8
WORDS = 63
WORD_LENGTH = 16
_CROP_PERCENTILES = (5, 95)
_TOLERANCE = 2 / 255.0
_NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))
_LUMA = np.array([0.2125, 0.7154, 0.0721])


def signature(pixels: Array) -> Signature:
    """648 values -2..2 from decoded pixels as stored: height x width, or with 3 or 4 channels. EXIF is not applied.

    Raises ValueError for other shapes.
    """
    grey = _grey(pixels)
    means = _grid_means(grey, *(_grid_points(sums) for sums in _running_sums(grey)))
    return _levels(_differences(means)).astype(np.int8).reshape(LENGTH)


def words(values: Signature) -> list[int]:
    """63 integers 0..43046720: overlapping runs of 16 signs read as digits of base 3."""
    signs = np.sign(values.astype(np.int64))
    padded = np.concatenate([signs, np.zeros(WORD_LENGTH, np.int64)])
    starts = (i * LENGTH // WORDS for i in range(WORDS))
    powers = 3 ** np.arange(WORD_LENGTH, dtype=np.int64)
    return [int((padded[at : at + WORD_LENGTH] + 1) @ powers) for at in starts]


def distance(a: Signature, b: Signature) -> float:
    """0..1; two blank signatures have 1.0, also each with itself: they match nothing."""
    left, right = a.astype(np.int64), b.astype(np.int64)
    scale = float(np.linalg.norm(left) + np.linalg.norm(right))
    return float(np.linalg.norm(left - right)) / scale if scale else 1.0


def _grey(pixels: Array) -> Array:
    """2-D pictures stay as they are, 0..255 or 0..65535 included: all that follows works in their own type."""
    if pixels.ndim == 2:
        return pixels
    if pixels.ndim != 3 or pixels.shape[2] not in (3, 4):
        raise ValueError(f"no signature for pixels of shape {pixels.shape}")
    unit = pixels * (1 / np.iinfo(pixels.dtype).max)
    if unit.shape[2] == 4:  # read as RGBA on white, CMYK too: such a picture is all white
        alpha = unit[:, :, 3:]
        unit = np.clip((1 - alpha) * 1 + alpha * unit[:, :, :3], 0, 1)
    return np.asarray(unit @ _LUMA)


def _running_sums(grey: Array) -> tuple[Array, Array]:
    """How much changes in each row and column, summed up. Unsigned differences wrap around, those of bool are XOR."""
    along_rows, along_columns = np.abs(np.diff(grey, axis=1)), np.abs(np.diff(grey, axis=0))
    return np.cumsum(along_rows.sum(axis=1)), np.cumsum(along_columns.sum(axis=0))


def _grid_points(sums: Array) -> npt.NDArray[np.int64]:
    """Nine coordinates between the 5th and 95th percentile of the values (not places) of `sums`."""
    low, high = np.percentile(sums, _CROP_PERCENTILES)
    lower, upper = int(np.searchsorted(sums, low, side="right")), int(np.searchsorted(sums, high, side="left"))
    if lower > upper:
        lower, upper = (int(percent / 100.0 * len(sums)) for percent in _CROP_PERCENTILES)
    return np.linspace(lower, upper, GRID + 2).astype(np.int64)[1:-1]


def _grid_means(grey: Array, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64]) -> Array:
    """Mean of a square around each point. An integral image would change last bits, and with them entries."""
    side = max(2, int(0.5 + min(grey.shape) / 20.0))
    row_spans, column_spans = (_spans(points, side, n) for points, n in zip((rows, columns), grey.shape, strict=True))
    return np.array([[np.mean(grey[r, c]) for c in column_spans] for r in row_spans])


def _spans(points: npt.NDArray[np.int64], side: int, length: int) -> list[slice]:
    starts = (int(max(point - side / 2.0, 0)) for point in points)
    return [slice(start, int(min(start + side, length))) for start in starts]


def _differences(means: Array) -> Array:
    """Each point minus its 8 neighbours, 9 x 9 x 8; 0 where there is none."""
    out = np.zeros((GRID, GRID, len(_NEIGHBOURS)), means.dtype)
    for layer, (down, right) in enumerate(_NEIGHBOURS):
        here = (_inside(down), _inside(right))
        there = (_inside(-down), _inside(-right))
        out[(*here, layer)] = means[here] - means[there]
    return out


def _inside(step: int) -> slice:
    return slice(max(0, -step), GRID - max(0, step))


def _levels(differences: Array) -> Array:
    """Two levels on either side of the median, set in place: an entry just set to 1 is seen again by the next step."""
    d = differences.copy()
    d[np.abs(d) < _TOLERANCE] = 0.0
    if not d.any():
        return d
    positive, negative = d[d > 0], d[d < 0]
    rises = np.percentile(positive, [0, 50, 100]) if positive.size else None
    falls = np.percentile(negative, [100, 50, 0]) if negative.size else None
    if rises is not None:
        d[(d >= rises[0]) & (d <= rises[1])] = 1
        d[(d >= rises[1]) & (d <= rises[2])] = 2
    if falls is not None:
        d[(d <= falls[0]) & (d >= falls[1])] = -1
        d[(d <= falls[1]) & (d >= falls[2])] = -2
    return d


def fingerprint(reading: Reading) -> bytes | None:
    """648 bytes, each value as int8; None for pictures that have no signature (grey with alpha, animations)."""
    from py_image_dedup.analysis.whole import stored_pixels

    pixels = stored_pixels(reading.content)
    return None if pixels is None else signature(pixels).tobytes()


METHOD = Method("image-match", VERSIONS["image-match"], fingerprint, example="042155050b4d77c9")
