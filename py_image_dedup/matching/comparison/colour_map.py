"""The colours of one picture as a smooth function of those of another: a sum of a cubic of each channel.

Fitted robustly, so that brightness, contrast, gamma and saturation are followed and foreign content is not.
"""

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]  # rows, columns, RGB
Values = npt.NDArray[np.float32]
Levels = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

DARKEST, BRIGHTEST = 4, 251  # samples outside are clipped or nearly
# Levels of the source of which more than this share is clipped in the target say nothing by the samples that are not:
# those are the lowest of their level, and would bend the map (truncation, Tobin 1958).
CLIPPED_SHARE = 0.1
LEVEL_BITS = 3  # eight levels at once
LEAST_USED = 0.1  # of the samples; with fewer, truncated ones are better than none
FITS = 3
RIDGE = 1e-5


def fitted_colours(source: Picture, target: Picture, fits: int = FITS) -> Values:
    """Fit a map to samples (n, RGB) by least squares: 10 x 3 numbers.

    Reweighted `fits` times, so that what does not follow the common map loses its say.
    """
    powers, wanted = _powers(source.astype(np.float32)), target.astype(np.float32)
    return np.stack(
        [_fitted_channel(powers, wanted[:, c], source[:, c], _standing_still(c), fits) for c in range(3)], axis=1
    )


def mapped_colours(picture: Picture, colour_map: Values) -> Values:
    """Apply a colour map through tables: it is a sum of functions of one channel each."""
    levels = np.arange(256, dtype=np.uint8)
    total = np.full(picture.shape, colour_map[0], np.float32)
    for channel in range(3):
        ramp = np.full((256, 3), 127.5, np.float32)  # the two other channels say nothing in the middle
        ramp[:, channel] = levels
        table = (_powers(ramp)[:, 1:] @ colour_map[1:]).astype(np.float32)
        plane = cv2.extractChannel(picture, channel)
        total += cv2.LUT(cv2.merge([plane, plane, plane]), table[None])
    return np.clip(total, 0, 255)


def _standing_still(channel: int) -> Values:
    """Give the numbers of the map that changes nothing: what the fit leans to where the picture has few colours."""
    numbers = np.zeros(10, np.float32)
    numbers[0], numbers[1 + channel] = 127.5, 255.0
    return numbers


def _fitted_channel(powers: Values, wanted: Values, level: Levels, prior: Values, fits: int) -> Values:
    """Fit one channel. A clipped sample says only that the map goes at least so far (Tobin 1958)."""
    numbers, ridge = prior, np.eye(powers.shape[1]) * RIDGE * len(wanted)
    is_clipped = (wanted < DARKEST) | (wanted > BRIGHTEST)
    is_truncated = _truncated(level, is_clipped)
    weights = (~is_clipped & ~is_truncated).astype(np.float32)
    for _ in range(fits):
        weighted = powers * weights[:, None]
        change = np.linalg.solve(
            (weighted.T @ powers).astype(np.float64) + ridge, weighted.T @ (wanted - powers @ prior)
        )
        numbers = (prior + change).astype(np.float32)
        off = powers @ numbers - wanted
        is_beyond = ((wanted > BRIGHTEST) & (off > 0)) | ((wanted < DARKEST) & (off < 0))
        scale = 2 * float(np.median(np.abs(off))) + 2
        weights = np.minimum(1, scale / np.maximum(np.abs(off), 1e-3)).astype(np.float32) ** 2
        weights[is_beyond | is_truncated] = 0
    return numbers


def _truncated(level: Levels, is_clipped: Flags) -> Flags:
    """Samples that are not clipped, of levels that mostly or often are."""
    if not is_clipped.any():
        return is_clipped
    step = level >> LEVEL_BITS
    clipped, all_ = np.bincount(step, is_clipped, 256 >> LEVEL_BITS), np.bincount(step, minlength=256 >> LEVEL_BITS)
    truncated: Flags = (clipped > CLIPPED_SHARE * all_)[step] & ~is_clipped
    used = len(level) - np.count_nonzero(is_clipped) - np.count_nonzero(truncated)
    return truncated if used >= LEAST_USED * len(level) else np.zeros_like(truncated)


def _powers(colour: Values) -> Values:
    """Ten numbers a colour (0..255): 1, and the first three powers of each channel, about the middle."""
    x = colour.astype(np.float32) / 255 - 0.5
    return np.concatenate([np.ones((len(x), 1), np.float32), x, x * x, x * x * x], axis=1)
