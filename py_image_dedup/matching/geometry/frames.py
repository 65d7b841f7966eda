"""Maps between the frames of two pictures, told apart into quarter turns and mirrors, and what remains."""

import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.orientation import ORIENTATIONS, applied

Affine = npt.NDArray[np.float64]  # 2 x 3


def turning(orientation: int) -> Affine:
    """The map from the unit square of a picture to that of the picture as a viewer shows it with this orientation."""
    rows, columns = np.mgrid[0:2, 0:2]
    corners = applied(np.stack([columns, rows], axis=2), orientation)  # at each place of the result: where it was
    to = np.array([[x, y, 1] for y in (0, 1) for x in (0, 1)], float)
    source = np.array([corners[y, x] for y in (0, 1) for x in (0, 1)], float)
    back = np.linalg.lstsq(to, source, rcond=None)[0].T
    return _inverse(back)


def nearest_orientation(units: Affine) -> int:
    """The orientation (EXIF) that comes nearest to a map between unit squares."""
    length = max(float(np.linalg.norm(units[:, :2])), 1e-9)
    return max(ORIENTATIONS, key=lambda o: round(float((turning(o)[:, :2] * units[:, :2]).sum()) / length, 9))


def after_orientation(units: Affine, orientation: int) -> Affine:
    """What remains of a map once the orientation has been applied to the picture on the right."""
    return np.asarray((np.vstack([units, [0, 0, 1]]) @ np.vstack([_inverse(turning(orientation)), [0, 0, 1]]))[:2])


def _inverse(affine: Affine) -> Affine:
    return np.asarray(np.linalg.inv(np.vstack([affine, [0, 0, 1]]))[:2])
