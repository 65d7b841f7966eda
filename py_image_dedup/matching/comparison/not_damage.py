"""What looks like damage may be tones that no smooth map follows, or a coarse JPEG that was saved again.

Posterised and equalised pictures: each channel of one picture is taken through a free table of 256 levels, rising
throughout. Shaded ones: the light over the picture is made even. Blocks that are broken stay broken then: a table knows
no places, and shading no edges. A JPEG of quality 8 that was saved again at 90 says 90: the other picture, saved at
quality 8, comes much nearer to it. Such a picture may be an edited version of the other; it is not the same.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from py_image_dedup.matching.comparison.coarse_jpeg import saved_coarsely
from py_image_dedup.matching.comparison.colour_map import fitted_colours, mapped_colours
from py_image_dedup.matching.comparison.damage import Damaged, damage
from py_image_dedup.matching.comparison.free_tones import freely_toned
from py_image_dedup.matching.comparison.shading import without_shading
from py_image_dedup.matching.geometry.alignment import Picture, on_one_grid, unmoved

COARSE = (5, 8, 10, 15, 20)  # qualities of JPEG at which whole blocks become flat
SAMPLES = 3000
NEARER, NEARER_BY_TONES = 0.7, 0.85  # of the squared difference


def is_explained(left: Picture, right: Picture, quality: int) -> bool:
    """Whether nothing is damaged once one was made like the other; `quality` is that of the coarser JPEG."""
    for coarser in (*_saved_before(left, right), *_saved_before(right, left)):
        if damage(left, right, quality=coarser).side is Damaged.NONE:
            return True
    ways = _in_light_and_tones(left, right)
    return any(damage(made, like, quality=quality).side is Damaged.NONE for made, like in ways)


def _in_light_and_tones(left: Picture, right: Picture) -> Iterator[tuple[Picture, Picture]]:
    """One in the tones of the other or in its light, where that brings them much nearer than a smooth map of tones."""
    one, other = on_one_grid(left, right)
    apart = min(_apart(_smoothly_toned(one, other), other), _apart(_smoothly_toned(other, one), one))
    ways = [(freely_toned(one, other), other), (one, freely_toned(other, one))]
    even = without_shading(unmoved(one, other))
    if even is not None:
        ways.append((even.left, even.right))
    yield from (way for way in ways if _apart(*way) < NEARER_BY_TONES * apart)


def _smoothly_toned(source: Picture, target: Picture) -> Picture:
    chosen = slice(None, None, max(1, source.shape[0] * source.shape[1] // SAMPLES) | 1)
    fitted = fitted_colours(source.reshape(-1, 3)[chosen], target.reshape(-1, 3)[chosen])
    return np.asarray(np.rint(mapped_colours(source, fitted)), np.uint8)


def _saved_before(source: Picture, target: Picture) -> Iterator[int]:
    """The qualities at which the source, in the tones of the target, comes much nearer to it."""
    one, other = on_one_grid(source, target)
    apart = _apart(freely_toned(one, other), other)
    for quality in COARSE:
        saved = freely_toned(on_one_grid(saved_coarsely(source, quality), target)[0], other)
        if _apart(saved, other) < NEARER * apart:
            yield quality


def _apart(one: Picture, other: Picture) -> float:
    return float(cv2.norm(one, other, cv2.NORM_L2SQR))
