"""What is around a point as one of 65,536 words, so that an index can find equal ones (Jégou, Douze and Schmid 2011).

Descriptors are projected to 48 numbers (PCA); each half of them is one of 256 centres. The numbers are trained by
`bench/train_codebook.py` and lie beside this file; other numbers are another version of the fingerprint.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

KEPT = 48
HALVES, CENTRES = 2, 256
WORDS = CENTRES**HALVES

Values = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Codebook:
    """How descriptors (n x 128) become words (n, below `WORDS`)."""

    mean: Values  # 128
    axes: Values  # 128 x 48
    centres: Values  # 2 x 256 x 24

    def words(self, descriptors: Values) -> npt.NDArray[np.uint16]:
        """Give the word of each descriptor."""
        projected = ((descriptors - self.mean) @ self.axes).astype(np.float32)
        halves = np.split(projected, HALVES, axis=1)
        first, second = (_nearest(half, centres) for half, centres in zip(halves, self.centres, strict=True))
        return (first * CENTRES + second).astype(np.uint16)

    def saved(self, path: Path) -> None:
        """Write the numbers in half precision."""
        numbers = np.concatenate([part.ravel() for part in (self.mean, self.axes, self.centres)])
        path.write_bytes(numbers.astype("<f2").tobytes())


def codebook_from(path: Path) -> Codebook:
    """Read what `saved` wrote."""
    numbers = np.frombuffer(path.read_bytes(), "<f2").astype(np.float32)
    mean, axes, centres = np.split(numbers, [128, 128 + 128 * KEPT])
    return Codebook(mean, axes.reshape(128, KEPT), centres.reshape(HALVES, CENTRES, KEPT // HALVES))


@cache
def shipped() -> Codebook:
    """Give the codebook that comes with the program."""
    return codebook_from(Path(__file__).with_name("codebook.f2"))


def _nearest(points: Values, centres: Values) -> npt.NDArray[np.int64]:
    """Squared distance without the point's own length, which is the same for every centre."""
    return np.asarray(np.argmin((centres**2).sum(axis=1) - 2 * points @ centres.T, axis=1), np.int64)
