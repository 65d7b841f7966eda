"""The tones of one picture as any rising function of those of the other: what posterising and equalising do.

A table of 256 levels for each channel, where `colour_map` is smooth. It knows no places, so it explains nothing that
is there in one picture only.
"""

import cv2
import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.geometry.alignment import Picture

LEVELS = 256

Levels = npt.NDArray[np.uint8]


def freely_toned(source: Picture, target: Picture, inside: npt.NDArray[np.bool_] | None = None) -> Picture:
    """The source with each channel taken through the rising table that brings it nearest to the target `inside`."""
    chosen = slice(None) if inside is None else inside
    tables = [_table(source[..., channel][chosen], target[..., channel][chosen]) for channel in range(3)]
    return np.asarray(cv2.LUT(source, np.stack(tables, axis=1)[:, None]), np.uint8)


def _table(source: Levels, target: Levels) -> Levels:
    """For each level of the source the mean of the target there, made to rise (pool adjacent violators, Ayer 1955)."""
    held = np.bincount(source.ravel(), minlength=LEVELS)
    sums = np.bincount(source.ravel(), target.ravel().astype(float), LEVELS)
    pools: list[tuple[float, int, int]] = []  # sum, pixels, levels
    for level in range(LEVELS):
        total, pixels, levels = float(sums[level]), int(held[level]), 1
        while pools and (not pixels or not pools[-1][1] or pools[-1][0] * pixels >= total * pools[-1][1]):
            before = pools.pop()
            total, pixels, levels = total + before[0], pixels + before[1], levels + before[2]
        pools.append((total, pixels, levels))
    means = [total / max(1, pixels) for total, pixels, _ in pools]
    return np.asarray(np.rint(np.repeat(means, [levels for _, _, levels in pools])), np.uint8)
