"""Cells that differ by far more than cells of like texture do in the same two pictures.

What saving, scaling and sharpening do to a cell grows with its texture: a limit that a lawn passes is wide enough for a
broken block in a sky. So cells are sorted by texture, and each is held against what is usual among its like.
"""

import cv2
import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float32]

CLASSES = 6  # of texture, with as many cells each
USUAL = 0.97  # quantile of a class
FEWEST = 8  # cells that make a class


def times_usual(differences: Values, texture: Values, allowance: float) -> Values:
    """How many times the usual difference of its like, `allowance` levels more each time, a cell differs by.

    `differences` and `texture` (rows, columns) in levels. The textures around a cell count as well: an edge beside it
    spills over.
    """
    around = cv2.dilate(texture, np.ones((3, 3), np.uint8))
    classes = np.digitize(around, np.quantile(around, np.linspace(0, 1, CLASSES + 1)[1:-1]))
    times = np.zeros_like(differences)
    for number in range(CLASSES):
        like = classes == number
        if np.count_nonzero(like) >= FEWEST:
            times[like] = differences[like] / (allowance + np.quantile(differences[like], USUAL))
    return times
