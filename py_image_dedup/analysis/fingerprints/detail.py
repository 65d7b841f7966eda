"""How much a picture has to be recognised by, 0..1: no fingerprint, but it says whether fingerprints mean anything.

The least of six measures, each scaled so that `DETAIL_FLOOR` lies between generated pictures that show nothing and the
420 photographs of the tests' folder (least: 0.37, a white stole on black; 0.38, 0.47). Noise does not add detail.
"""

import numpy as np
import numpy.typing as npt

from py_image_dedup.analysis.fingerprints.pdq import SIDE, Luma, pdq

# A short side below this holds less than the frequencies of a PDQ. Of pictures scaled down to 17 pixels 95 in 100 lie
# within 28 bits of what they were made from.
TINY_SIDE = 16
_FULL_DEVIATION = 16.0  # grey levels about the best plane; photographs 12 and more, noise on a flat ground 2, ramps 0
_FULL_CURVATURE = 8.0  # grey levels; photographs 4 and more, a radial gradient 0.9
_FULL_ENTROPY_BITS = (1.0, 4.0)  # photographs 3.3 and more, three flat stripes 1.6, a line of text 0.02
_FULL_SPREAD = 0.112  # share of the variance within two classes; photographs .041 and more, noisy blocks .025


def detail_of(grey: npt.NDArray[np.uint8], grid: Luma, side: int) -> float:
    """0..1 from the reduced luma and its 64 x 64 cells; `side` is the short side of the whole picture in pixels."""
    if side < TINY_SIDE:
        return 0.0
    shares, grid_shares = _level_shares(grey), _level_shares(np.rint(grid).astype(np.uint8))
    low, high = _FULL_ENTROPY_BITS
    measures = (
        pdq(grid)[1] / 100,
        _deviation_from_plane(grid) / _FULL_DEVIATION,
        _curvature(grid) / _FULL_CURVATURE,
        (_entropy_bits(shares) - low) / (high - low),
        _spread_within_two_classes(shares) / _FULL_SPREAD,
        _spread_within_two_classes(grid_shares) / _FULL_SPREAD,
    )
    return round(min(1.0, max(0.0, min(measures))), 4)


def _level_shares(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    return np.bincount(grey.ravel(), minlength=256) / grey.size


def _deviation_from_plane(grid: Luma) -> float:
    """Standard deviation of what a slanted plane leaves over."""
    slope = np.arange(SIDE) - (SIDE - 1) / 2
    slope /= np.sqrt((slope**2).mean())
    centred = grid - grid.mean()
    across, down = (centred * slope).mean(), (centred * slope[:, None]).mean()
    return float((centred - across * slope - down * slope[:, None]).std())


def _curvature(grid: Luma) -> float:
    """Mean absolute Laplacian: nothing for slow gradients of any shape."""
    middle = grid[1:-1, 1:-1]
    around = grid[:-2, 1:-1] + grid[2:, 1:-1] + grid[1:-1, :-2] + grid[1:-1, 2:]
    return float(np.abs(around - 4 * middle).mean())


def _entropy_bits(shares: npt.NDArray[np.float64]) -> float:
    some = shares[shares > 0]
    return float(-(some * np.log2(some)).sum())


def _spread_within_two_classes(shares: npt.NDArray[np.float64]) -> float:
    """The share of variance that the best split into dark and light leaves (Otsu 1979): 0 for two tones."""
    levels = np.arange(len(shares))
    mean = float((shares * levels).sum())
    variance = float((shares * (levels - mean) ** 2).sum())
    if variance == 0:
        return 0.0
    weight, moment = np.cumsum(shares)[:-1], np.cumsum(shares * levels)[:-1]
    inside = (weight > 0) & (weight < 1)
    weight, moment = weight[inside], moment[inside]
    between = (mean * weight - moment) ** 2 / (weight * (1 - weight))
    return 1 - float(between.max()) / variance
