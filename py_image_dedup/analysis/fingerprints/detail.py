"""How much a picture has to be recognised by, 0..1; no fingerprint, but it decides whether fingerprints mean anything."""

import numpy as np
import numpy.typing as npt

from py_image_dedup.analysis.fingerprints.pdq import area_grid, pdq


def detail_of(grey: npt.NDArray[np.uint8], side: int) -> float:
    """1 for full detail; `side` is the short side of the whole picture in pixels."""
    return pdq(area_grid(grey))[1] / 100
