"""One picture made as sharp as another by one filter for the whole: what blurring and sharpening do, damage does not.

The filter is a sum of the picture and blurred copies of it, fitted to the other's luma by robust least squares.
"""

import cv2
import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.float64]

SIGMAS = (0.6, 1.0, 1.7, 3.0)  # pixels of the grid
SAMPLES = 8000
FITS = 4
RIDGE = 0.05  # squared levels a sample: blurs of flat pictures are hardly told apart
DARKEST, BRIGHTEST = 4, 251  # samples outside are clipped or nearly
LUMA = np.array([[0.299, 0.587, 0.114]], np.float32)


def as_sharp_as(source: Values, target: Values) -> Values:
    """Give `source` (rows, columns, RGB; 0..255) blurred or sharpened so that it comes closest to `target`."""
    blurred = [cv2.GaussianBlur(source, (0, 0), sigma).astype(np.float32) for sigma in SIGMAS]
    shares = _fitted(source, blurred, target)
    total = source * np.float32(1 - shares.sum())
    for share, plane in zip(shares, blurred, strict=True):
        total += np.float32(share) * plane
    return np.asarray(np.clip(total, 0, 255), np.float32)


def _fitted(source: Values, blurred: list[Values], target: Values) -> Numbers:
    """Give the share of each blurred copy; samples that do not follow lose their say."""
    still, wanted = _samples(source), _samples(target)
    changes, change = np.stack([_samples(plane) - still for plane in blurred], axis=1), wanted - still
    usable = ((wanted > DARKEST) & (wanted < BRIGHTEST)).astype(float)
    shares, weights, ridge = np.zeros(len(blurred)), usable, np.eye(len(blurred)) * RIDGE * len(wanted)
    for _ in range(FITS):
        weighted = changes * weights[:, None]
        shares = np.linalg.solve(weighted.T @ changes + ridge, weighted.T @ change)
        off = np.abs(changes @ shares - change)
        weights = usable * np.minimum(1, (2 * float(np.median(off)) + 1) / np.maximum(off, 1e-3)) ** 2
    return shares


def _samples(picture: Values) -> Numbers:
    luma = cv2.transform(picture, LUMA).ravel()
    step = max(1, luma.size // SAMPLES) | 1  # odd: no column of an even width is asked alone
    return luma[::step].astype(np.float64)
