"""How far parts of one picture lie apart from where they are in another: parallax, a moved camera, a bent page.

One step of Lucas and Kanade (1981) in large boxes. Saving again, toning, scaling and blurring move nothing.
"""

import cv2
import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float32]

BOX = 32
# Boxes with less structure than this (squared levels a pixel) along its weaker direction do not tell where they are.
LEAST_STRUCTURE = 12.0


def largest_shift(predicted: Values, found: Values) -> float:
    """Second largest shift of any box in pixels; 0 where too few boxes have structure in both directions."""
    a, b = (cv2.GaussianBlur(plane, (0, 0), 1.0) for plane in (predicted, found))
    middle, change = ((a + b) / 2).astype(np.float32), b - a
    across, down = cv2.Sobel(middle, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(middle, cv2.CV_32F, 0, 1) / 8
    products = (across * across, across * down, down * down, across * change, down * change)
    xx, xy, yy, xt, yt = (_box_means(np.asarray(product, np.float32)) for product in products)
    weaker = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
    told = weaker >= LEAST_STRUCTURE
    if np.count_nonzero(told) < 2:
        return 0.0
    determinant = (xx * yy - xy * xy)[told]
    x = (yy * xt - xy * yt)[told] / determinant
    y = (xx * yt - xy * xt)[told] / determinant
    return float(np.sort(np.hypot(x, y))[-2])


def _box_means(plane: Values) -> Values:
    rows, columns = max(1, plane.shape[0] // BOX), max(1, plane.shape[1] // BOX)
    cut = plane[: rows * BOX, : columns * BOX]
    return np.asarray(cv2.resize(cut, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)
