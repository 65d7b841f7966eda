"""Shading that somebody laid over a picture: darker corners, a gradient. A smooth gain, taken out before comparing."""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.geometry.alignment import Aligned, luma

Plane = npt.NDArray[np.float32]

GRID = 48  # cells of the longest side: the gain is that of their means
DARK = 6.0  # levels added on both sides: a ratio of next to nothing says nothing
FITS, OUTLIER = 4, 0.08  # of the logarithm of the gain
LEAST_RANGE, MOST_RANGE = 1.1, 4.0  # of the gain over the picture


def without_shading(pair: Aligned) -> Aligned | None:
    """The pair with left in the light of right; None where there is no shading to speak of."""
    gain = _gain(pair)
    spread = float(gain.max() / max(float(gain.min()), 1e-6))
    if not LEAST_RANGE < spread < MOST_RANGE:
        return None
    left = np.clip(pair.left * (gain / gain.max())[..., None], 0, 255)
    right = np.clip(pair.right * (gain.min() / gain)[..., None], 0, 255)
    if _is_darker(gain):
        return replace(pair, left=left.astype(np.uint8))
    return replace(pair, right=right.astype(np.uint8))


def _is_darker(gain: Plane) -> bool:
    """Whether right is the darker one where they differ most; it is the other that is darkened then."""
    return float(gain.min()) * float(gain.max()) < float(np.median(gain)) ** 2


def _gain(pair: Aligned) -> Plane:
    """How much lighter right is than left: a smooth function of the place, fitted to the logarithm of the ratio."""
    rows, columns = pair.inside.shape
    shrink = GRID / max(rows, columns)
    size = (max(6, round(columns * shrink)), max(6, round(rows * shrink)))
    ours, theirs = (cv2.resize(luma(p), size, interpolation=cv2.INTER_AREA) for p in (pair.left, pair.right))
    inside = (cv2.resize(pair.inside.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.99).ravel()
    apart = np.log((theirs + DARK) / (ours + DARK)).ravel().astype(np.float64)
    powers = _powers(size)
    weights: npt.NDArray[np.floating] = inside.astype(np.float64)
    numbers: npt.NDArray[np.floating] = np.zeros(powers.shape[1])
    for _ in range(FITS):
        weighted = powers * weights[:, None]
        numbers = np.linalg.lstsq(weighted.T @ powers + 1e-6 * np.eye(len(numbers)), weighted.T @ apart, rcond=None)[0]
        off = np.abs(powers @ numbers - apart)
        weights = inside * np.minimum(1, OUTLIER / np.maximum(off, 1e-6)) ** 2
    whole = np.exp((_powers((columns, rows)) @ numbers).reshape(rows, columns))
    return np.asarray(whole, np.float32)


def _powers(size: tuple[int, int]) -> npt.NDArray[np.float64]:
    """1, x, y, x², xy, y², x⁴, x²y², y⁴ at the cells of a grid of this size (width, height), row by row."""
    down, across = np.meshgrid(np.linspace(-1, 1, size[1]), np.linspace(-1, 1, size[0]), indexing="ij")
    x, y = across.ravel(), down.ravel()
    xx, yy = x * x, y * y
    return np.stack([np.ones_like(x), x, y, xx, x * y, yy, xx * xx, xx * yy, yy * yy], axis=1)
