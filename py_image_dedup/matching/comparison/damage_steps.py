"""Steps of brightness or colour that one of two pictures has and the other lacks.

A JPEG keeps the mean of a block as the difference from the block before it (ITU T.81, F.1.2.1). Where one of these
breaks, all that follows is brighter, darker or of another colour, with a sharp step along the blocks. A map of tones
may follow what comes after, if that is most of the picture, but no map of tones makes a step where there was none.
"""

from collections.abc import Callable

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

# A mean step along a row of blocks (levels, and so many more divided by the quality). Of 1,610 clean copies of 22 kinds
# one had more once its tones were followed; of 1,320 none where the other picture is held against its own steps only.
# Broken means of a block are off by any amount.
ALONG_ROW, ALONG_ROW_BY_QUALITY = 5.0, 15.0
IN_ONE, IN_ONE_BY_QUALITY = 4.5, 45.0
ROWS_OF_A_BLOCK = (1, 2)  # in cells
OWN_STEP, PLAIN_STEP = 4.0, 2.0  # levels: where the picture itself steps by so much, a cell has half a say
MOST_OF_A_CELL, MOST_IN_ONE = 12.0, 16.0  # levels: what a single cell adds
BY_CONTRAST = 2.0  # times the steps of the one: tones may make them the steps of the other
DARKEST, BRIGHTEST = 8.0, 247.0  # luma of cells that may be clipped, and have lost the steps of the other
LEAST_PLAIN = 0.25  # of a row

Steps = Callable[[Values, Values, int], Values]
"""Mean colours of the cells of two pictures, height of a row of blocks -> for each row of cells the largest mean step
(levels) to the next from any column on; before that column, so many rows below."""


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
    """The cells from such a step on that goes along a whole row of blocks; arguments as of `stepped`.

    The mean of every block after a broken one is off by as much, in the order of the scan: to the right of it in its
    own row of blocks, to the left of it in the next.
    """
    return _behind(before, after, ALONG_ROW + ALONG_ROW_BY_QUALITY / max(quality, 1), _left_over)


def stepped_in_one(one: Values, other: Values, quality: int) -> Mask:
    """As `stepped_from`, for pictures of any tones: cells from a step on where the other picture is plain.

    A map of tones may take the colours behind a step to those before it, but makes no step itself.
    """
    least = IN_ONE + IN_ONE_BY_QUALITY / max(quality, 1)
    return _behind(one, other, least, _of_one) | _behind(other, one, least, _of_one)


def _behind(one: Values, other: Values, least: float, steps: Steps) -> Mask:
    """The scan goes along the rows, or along the columns of a picture that was turned."""
    turned_one, turned_other = (values.swapaxes(0, 1)[:, ::-1] for values in (one, other))
    in_columns = _behind_row(turned_one, turned_other, least, steps)
    return np.asarray(_behind_row(one, other, least, steps) | in_columns[:, ::-1].T)


def _behind_row(one: Values, other: Values, least: float, steps: Steps) -> Mask:
    place = np.zeros(one.shape[:2], np.bool_)
    for rows in ROWS_OF_A_BLOCK:
        found = steps(one, other, rows)
        if found.max() >= least:
            least = float(found.max())
            place[:] = np.arange(len(place))[:, None] > found.argmax()
    return place


def _left_over(before: Values, after: Values, rows: int) -> Values:
    own = np.minimum(_steepest(before), _steepest(after))
    weights = np.asarray(1 / (1 + own / OWN_STEP), np.float32)
    steps = np.asarray(np.clip(np.diff(after - before, axis=0), -MOST_OF_A_CELL, MOST_OF_A_CELL) * weights, np.float32)
    total, share = _along(steps, rows), _along(weights, rows)
    return np.asarray(np.abs(total / np.maximum(share, 1e-6)).max(axis=(1, 2)), np.float32)


def _of_one(one: Values, plain: Values, rows: int) -> Values:
    own, is_clipped = _steepest(plain), (plain[..., :1] < DARKEST) | (plain[..., :1] > BRIGHTEST)
    weights = np.where(is_clipped[1:] | is_clipped[:-1], 0, 1 / (1 + (own / PLAIN_STEP) ** 2)).astype(np.float32)
    steps = np.clip(np.diff(one, axis=0), -MOST_IN_ONE, MOST_IN_ONE) * weights
    total, by_own, share = (_along(values, rows) for values in (steps, own * weights, weights))
    step = (np.abs(total).max(axis=2, keepdims=True) - BY_CONTRAST * by_own) / np.maximum(share, 1e-6)
    return np.asarray(np.where(share >= LEAST_PLAIN * one.shape[1], step, 0).max(axis=(1, 2)), np.float32)


def _steepest(colours: Values) -> Values:
    """The largest step of any channel from each cell to the one below."""
    return np.asarray(np.abs(np.diff(colours, axis=0)).max(axis=2, keepdims=True), np.float32)


def _along(values: Values, rows: int) -> Values:
    """Sums of the columns from each place on, and of those before it so many rows below."""
    sums = np.concatenate([np.zeros_like(values[:, :1]), np.cumsum(values, axis=1)], axis=1)
    return np.asarray(sums[:-rows, -1:] - sums[:-rows, :-1] + sums[rows:, :-1], np.float32)
