"""Steps of brightness or colour that one of two pictures has and the other lacks.

A JPEG keeps the mean of a block as the difference from the block before it (ITU T.81, F.1.2.1). Where one of these
breaks, all that follows is brighter, darker or of another colour, with a sharp step along the blocks. A map of tones
may follow what comes after, if that is most of the picture, but no map of tones makes a step where there was none.
"""

import cv2
import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

# So many neighbouring cells in a row step by so many levels, and by so many more, divided by the quality of the JPEG,
# whose means are off by up to 100 / quality levels (table K.1 of T.81, scaled as libjpeg scales it). A cell that is
# smaller than a block of that JPEG strays by more. Of clean copies (quality 8 to 95, scaled, blurred, sharpened, toned)
# 98 % have no step above 0.85 of this.
LIMITS = ((1, 16.0, 120.0), (2, 9.0, 80.0), (3, 6.5, 60.0), (6, 4.5, 60.0))
WITHIN_BLOCKS = 4.0
BY_CONTENT = 0.4  # of the step of the picture itself: there scaling and sharpening are off by more

# Of 1,610 clean copies of 22 kinds one had a mean step along a row of blocks above this (levels; divided by the
# quality). Broken means of a block are off by any amount.
ALONG_ROW, ALONG_ROW_BY_QUALITY = 5.0, 15.0
ROWS_OF_A_BLOCK = (1, 2)  # in cells
OWN_STEP = 4.0  # levels: where the picture itself steps by so much, a cell has half a say
MOST_OF_A_CELL = 12.0  # levels: what a single cell adds


def stepped(before: Values, after: Values, quality: int, *, is_within_blocks: bool = False) -> Mask:
    """The cells behind such a step. `before` and `after`: mean colours of the cells (rows, columns, 3), as expected
    and as found; `quality` is that of the coarser JPEG, and its blocks may be larger than the cells."""
    place = np.zeros(before.shape[:2], np.bool_)
    coarse = (WITHIN_BLOCKS if is_within_blocks else 1.0) / max(quality, 1)
    rest = after - before
    for axis in (0, 1):
        own = np.minimum(np.abs(np.diff(before, axis=axis)), np.abs(np.diff(after, axis=axis))).max(axis=2)
        step = np.diff(rest, axis=axis)
        behind = place[1:] if axis == 0 else place[:, 1:]
        for length, least, by_quality in LIMITS:
            limit = least + by_quality * coarse + BY_CONTENT * own
            for channel in range(step.shape[2]):
                behind |= _runs(step[..., channel] >= limit, length, axis)
                behind |= _runs(-step[..., channel] >= limit, length, axis)
    return place


def _runs(hits: Mask, length: int, axis: int) -> Mask:
    """The hits that stand in a run of this length along the step."""
    if not hits.any() or length == 1:
        return hits
    along = np.ones((1, length) if axis == 0 else (length, 1), np.uint8)
    return cv2.morphologyEx(
        hits.astype(np.uint8), cv2.MORPH_OPEN, along, borderType=cv2.BORDER_CONSTANT, borderValue=(0.0,)
    ).astype(np.bool_)


def stepped_from(before: Values, after: Values, quality: int) -> Mask:
    """The rows of cells from such a step on that goes along a whole row of blocks; arguments as of `stepped`.

    The mean of every block after a broken one is off by as much, in the order of the scan: to the right of it in its
    own row of blocks, to the left of it in the next.
    """
    place = np.zeros(before.shape[:2], np.bool_)
    largest = ALONG_ROW + ALONG_ROW_BY_QUALITY / max(quality, 1)
    for rows in ROWS_OF_A_BLOCK:
        steps = _along_rows(before, after, rows)
        if steps.max() >= largest:
            largest = steps.max()
            place[:] = np.arange(len(place))[:, None] > steps.argmax()
    return place


def _along_rows(before: Values, after: Values, rows: int) -> Values:
    """For each row of cells the largest mean step (levels) to the next, from any column on; before it, `rows` below."""
    own = np.minimum(np.abs(np.diff(before, axis=0)), np.abs(np.diff(after, axis=0))).max(axis=2, keepdims=True)
    weights = np.repeat(1 / (1 + own / OWN_STEP), before.shape[2], axis=2)
    steps = np.clip(np.diff(after - before, axis=0), -MOST_OF_A_CELL, MOST_OF_A_CELL) * weights
    total, share = (s[:-rows, -1:] - s[:-rows, :-1] + s[rows:, :-1] for s in map(_from_left, (steps, weights)))
    return np.asarray(np.abs(total / np.maximum(share, 1e-6)).max(axis=(1, 2)), np.float32)


def _from_left(values: Values) -> Values:
    """Sums of the columns before each place between two columns."""
    return np.concatenate([np.zeros_like(values[:, :1]), np.cumsum(values, axis=1)], axis=1)
