"""What all pixels of a picture tell of its past: enlarged, saved before at a lower quality, noisy, sharpened.

No reference is needed. Enlarging leaves no power above the old limit of resolution: the spectrum falls off a cliff,
where a soft photograph falls off slowly. What was a coarser JPEG before keeps the comb of that quantisation (Lukas and
Fridrich 2003, "Estimation of Primary Quantization Matrix in Double Compressed JPEG Images"). Noise is what is left in
the flattest blocks. Measured on 70 photographs with 170 copies.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from py_image_dedup.analysis.content import read_content
from py_image_dedup.analysis.decode import opened
from py_image_dedup.analysis.jpeg import jpeg_quality
from py_image_dedup.analysis.modes import Pixels, as_grey
from py_image_dedup.analysis.rounding import dct, kept_as_stored, kept_terms
from py_image_dedup.analysis.sniff import Reader, sniff
from py_image_dedup.analysis.trouble import Trouble
from py_image_dedup.model.images import UnreadableKind
from py_image_dedup.model.quality import Quality

Numbers = npt.NDArray[np.float64]

# Tiles and blocks looked at: those that vary most, and enough of them for a stable answer.
TILE, MOST_TILES, MOST_BLOCKS = 128, 24, 4000
STEPS = TILE // 2  # the limit of resolution, in steps of frequency
# Power just below a cut divided by that just above: copies enlarged to twice the size 14.9 and more, photographs and
# their JPEGs down to quality 8 at most 8.6.
CLIFF = 12.0
FIRST_CUT, LAST_CUT = 14, 56
# The first AC terms (row, column) of IJG's luma table at quality 50 (ITU T.81, K.1).
_BASE = {(0, 1): 11, (1, 0): 12, (0, 2): 10, (1, 1): 12, (2, 0): 14, (1, 2): 14, (2, 1): 13, (0, 3): 16, (3, 0): 14}
_LEVELS = np.arange(2, 40)  # multiples of the step that are counted; 1 is common in every picture
# Excess over a smooth histogram: JPEGs of quality 60 to 86 saved at 90 have 0.12 to 0.6, pictures saved once 0.02.
COMB_EXCESS, COMB_SHARE, COMB_LEAST = 0.1, 0.75, 500
_LAPLACIAN = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
_FLATTEST = 15  # percent of blocks
# Averaged to this side, what saving, noise and blurring do to single pixels at the ends is gone.
TONES_SIDE = 256
END_SHARE, END_LEVELS = 0.0005, 2  # share of the area beyond the ends of the tones; levels that count as the end


def quality_of(path: str) -> Quality:
    """Measure the first frame as stored. Raises `Trouble`."""
    content = read_content(path)
    kind = sniff(content.head, path)
    if kind.reader is Reader.RAW:
        raise Trouble(UnreadableKind.FORMAT_REFUSED, "RAW pictures are not measured.")
    with opened(content, kind) as image:
        kept_as_stored(image)
        image.load()
        tables: Mapping[int, Any] = getattr(image, "quantization", None) or {}
        steps = np.reshape(np.asarray(tables[0], float), (8, 8)) if 0 in tables else np.ones((8, 8))
        found = measured(as_grey(image), jpeg_quality(dict(tables)), steps)
        terms = kept_terms(image, steps, tuple(_BASE)) if 0 in tables else ""
    own = tuple(max(1, int(steps[place])) for place in _BASE) if terms else ()
    return replace(found, steps=own, terms=terms)


def measured(grey: Pixels, own_quality: int | None, steps: Numbers) -> Quality:
    """Measure luma as stored; `steps` (8 x 8) quantise its DCT, 1 where it was not saved as JPEG."""
    power = _power(grey)
    before = earlier_quality(grey, steps)
    known = [quality for quality in (own_quality, before) if quality is not None]
    return Quality(
        jpeg_quality=min(known) if known else None,
        saved_again=before is not None,
        cutoff=_cutoff(power),
        noise=round(_noise(grey), 2),
        crispness=round(float(power[46:62].mean() / max(power[20:32].mean(), 1e-6)), 3),
        last_quality=own_quality,
        clipped=_clipped(grey),
    )


def earlier_quality(grey: Pixels, steps: Numbers) -> int | None:
    """The quality with which the picture was saved as JPEG before, coarser than `steps`; None where none is seen."""
    levels = _levels(grey, steps)
    found = max((_comb(levels, quality) for quality in range(10, 95)), default=(0.0, 0.0, 0))
    excess, share, quality = found
    return quality if excess >= COMB_EXCESS and share >= COMB_SHARE else None


def _comb(levels: Mapping[tuple[int, int], tuple[float, Numbers, Numbers]], quality: int) -> tuple[float, float, int]:
    """Excess and share of the levels that this quality, saved again, can leave; over all terms that tell."""
    scale = 5000 / quality if quality < 50 else 200 - 2 * quality
    hits = smooth_hits = total = 0.0
    for term, (own, counts, smooth) in levels.items():
        step = max(1, int((_BASE[term] * scale + 50) / 100))
        if step < own + 1 or step < 1.3 * own:
            continue
        left = np.rint(np.rint(_LEVELS * own / step) * step / own) == _LEVELS
        if counts.sum() >= 20 and not left.all():
            hits, smooth_hits, total = hits + counts[left].sum(), smooth_hits + smooth[left].sum(), total + counts.sum()
    return ((hits - smooth_hits) / total, hits / total, quality) if total >= COMB_LEAST else (0.0, 0.0, quality)


def _levels(grey: Pixels, steps: Numbers) -> dict[tuple[int, int], tuple[float, Numbers, Numbers]]:
    """By term: its step, how often each level occurs, and how often it would if the histogram were smooth."""
    terms = _terms(grey)
    found = {}
    for row, column in _BASE:
        own = max(1.0, float(steps[row, column]))
        level = np.rint(np.abs(terms[:, row, column]) / own).astype(int)
        counts = np.bincount(level[level <= 40], minlength=42)[:42].astype(float)
        smooth = (counts[:-2] + counts[1:-1] + counts[2:]) / 3
        found[row, column] = (own, counts[_LEVELS], smooth[_LEVELS - 1])
    return found


def _terms(grey: Pixels) -> Numbers:
    """DCT terms of 8 x 8 blocks on the grid of JPEG: blocks, rows, columns."""
    rows, columns = grey.shape[0] // 8, grey.shape[1] // 8
    blocks = grey[: rows * 8, : columns * 8].reshape(rows, 8, columns, 8).swapaxes(1, 2).reshape(-1, 8, 8)
    return dct(blocks[:: max(1, len(blocks) // MOST_BLOCKS)])


def _power(grey: Pixels) -> Numbers:
    """Mean power along rows and columns by frequency (`STEPS`); ones where the picture is too small."""
    height, width = grey.shape
    corners = [(y, x) for y in range(0, height - TILE + 1, TILE) for x in range(0, width - TILE + 1, TILE)]
    corners = corners[:: max(1, len(corners) // (4 * MOST_TILES))]
    tiles = [grey[y : y + TILE, x : x + TILE].astype(np.float64) for y, x in corners]
    tiles = sorted(tiles, key=lambda tile: -float(tile.std()))[:MOST_TILES]
    if not tiles:
        return np.ones(STEPS)
    window = np.hanning(TILE)
    total = np.zeros(STEPS)
    for tile in tiles:
        for way in (tile - tile.mean(), tile.T - tile.mean()):
            total += (np.abs(np.fft.rfft(way * window, axis=1)) ** 2).mean(axis=0)[:STEPS]
    return total / len(tiles)


def _cutoff(power: Numbers) -> float:
    """Where the cliff is, as a share of the limit of resolution; 1 where there is none."""
    best, cut = 0.0, STEPS
    for step in range(FIRST_CUT, LAST_CUT):
        below = power[int(step * 0.75) : int(step * 0.92) + 1].mean()
        above = power[int(np.ceil(step * 1.12)) : min(STEPS, int(step * 1.45) + 2)].mean()
        best, cut = max((best, cut), (float(below / max(above, 1e-6)), step))
    return round(cut / STEPS, 3) if best >= CLIFF else 1.0


def _noise(grey: Pixels) -> float:
    """Fine detail (grey levels) in the flattest blocks that are neither black nor white."""
    rows, columns = grey.shape[0] // 8, grey.shape[1] // 8
    if not rows * columns:
        return 0.0
    whole = grey[: rows * 8, : columns * 8].astype(np.float32)
    fine = cv2.filter2D(whole, -1, _LAPLACIAN) ** 2
    energy, level = (plane.reshape(rows, 8, columns, 8).mean(axis=(1, 3)).ravel() for plane in (fine, whole))
    told = energy[(level > 20) & (level < 235)]
    return float(np.sqrt(np.percentile(told, _FLATTEST))) if len(told) > 20 else 0.0


def _clipped(grey: Pixels) -> float:
    """Share of the area within `END_LEVELS` of its darkest or brightest tone: none where tones run out softly.

    The ends are its own: darkened after it was clipped, a picture has its white at another level and no more of it.
    """
    shrink = min(1.0, TONES_SIDE / max(grey.shape))
    size = tuple(max(1, round(side * shrink)) for side in grey.shape[::-1])
    levels = np.bincount(cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8).ravel(), minlength=256)
    below = np.cumsum(levels) / levels.sum()
    darkest = int(np.searchsorted(below, END_SHARE))
    brightest = int(np.searchsorted(below, 1 - END_SHARE))
    dark = below[min(255, darkest + END_LEVELS)]
    bright = 1 - (below[brightest - END_LEVELS - 1] if brightest > END_LEVELS else 0.0)
    return round(float(min(1.0, dark + bright)), 4)
