"""Is a tiny picture a smaller version of another? It is compared pixel by pixel at its own size.

The larger one is averaged down; then both must have nearly all structure in common, coarse and fine. That is more than
next views and frames of one film have at that size. It never makes two the same picture: two photographs of one burst,
and two labels of one design, may have the same thumbnail.
"""

import cv2
import numpy as np

from py_image_dedup.matching.comparison.photometric import (
    colours,
    residual,
)
from py_image_dedup.matching.comparison.relation import FOREIGN, Measures, is_close, is_recoloured
from py_image_dedup.matching.comparison.verification import (
    OfFiles,
    Verified,
    View,
    evidence_of,
    is_coarse,
    measures_of,
    scale_of,
    stretch_of,
)
from py_image_dedup.matching.geometry.alignment import Aligned, Plane, likeliest_orientation, luma, on_one_grid, unmoved
from py_image_dedup.matching.geometry.local_correlation import local_correlation
from py_image_dedup.matching.orientation import applied
from py_image_dedup.model.matches import Relation

# Of 120 photographs scaled down to 16 to 31 pixels all keep so much at quality 92, and 119 at 75. Of look-alikes
# scaled down so, next views came up to .78 and .96, frames of a film to .77 and .97; strangers to .10 and .51.
KEPT, FINE = 0.85, 0.97
FINE_SIGMAS = (0.7, 2.0)  # pixels: structure between them is fine
MOST_STRETCH = 0.2  # logarithm of the ratio of both aspect ratios


def thumbnail(left: View, right: View, orientation: int, distance: float) -> Verified:
    """Compare two pictures of which one is tiny: edited, look-alike, or not related."""
    orientation = likeliest_orientation(left.pixels, right.pixels, orientation)
    turned = np.ascontiguousarray(applied(right.pixels, orientation))
    pair = unmoved(*on_one_grid(left.pixels, turned))
    local = local_correlation(luma(pair.left), luma(pair.right), pair.inside)
    rest, tones = residual(pair), (colours(pair.left), colours(pair.right))
    of_files = OfFiles(orientation, stretch_of(left.facts, right.facts, orientation), is_coarse(left, right))
    measures = measures_of(pair, local, rest, tones, of_files)
    scale = scale_of(left.facts, right.facts)
    evidence = evidence_of(pair, measures.local, rest, tones, orientation, distance, scale)
    return Verified(_relation_of(measures, fine_correlation(pair)), evidence, may_be_equal=False)


def _relation_of(measures: Measures, fine: float) -> Relation | None:
    is_all_there = measures.kept >= KEPT and fine >= FINE and measures.foreign < FOREIGN
    if is_all_there and measures.stretch <= MOST_STRETCH and not is_recoloured(measures):
        return Relation.EDITED
    return Relation.LOOK_ALIKE if is_close(measures.local) else None


def fine_correlation(pair: Aligned) -> float:
    """Correlation of what is left of luma once what is broad is taken out, where both have pixels."""
    ours, theirs = (_fine(luma(picture))[pair.inside] for picture in (pair.left, pair.right))
    return float((ours * theirs).sum() / max(1e-6, float(np.sqrt((ours * ours).sum() * (theirs * theirs).sum()))))


def _fine(plane: Plane) -> Plane:
    smooth, broad = (cv2.GaussianBlur(plane, (0, 0), sigma) for sigma in FINE_SIGMAS)
    return np.asarray(smooth - broad, np.float32)
