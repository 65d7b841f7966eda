"""What a picture looks like once it was saved as a coarse JPEG (ITU T.81): no file is made of it.

Luma and chroma, the chroma halved, in blocks of 8 x 8; the cosine transform of each is rounded to multiples of the
standard tables (K.1 and K.2), scaled as libjpeg does below quality 50.
"""

import cv2
import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.geometry.alignment import Picture

Values = npt.NDArray[np.float32]

BLOCK, UNIT = 8, 16  # pixels: the picture is filled up to whole units with its last row and column
_LUMA = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
_CHROMA = (
    (17, 18, 24, 47),
    (18, 21, 26, 66),
    (24, 26, 56, 99),
    (47, 66, 99, 99),
)
MOST_STEP = 255


def saved_coarsely(picture: Picture, quality: int) -> Picture:
    """The picture (RGB) as a JPEG of a quality below 50 shows it."""
    height, width = picture.shape[:2]
    whole = cv2.copyMakeBorder(picture, 0, -height % UNIT, 0, -width % UNIT, cv2.BORDER_REPLICATE)
    size = (whole.shape[1], whole.shape[0])
    luma, *chroma = cv2.split(np.asarray(cv2.cvtColor(whole, cv2.COLOR_RGB2YCrCb), np.float32))
    planes = [_rounded(np.asarray(luma, np.float32), _steps(np.array(_LUMA), quality))]
    for plane in chroma:
        half = np.asarray(cv2.resize(plane, (size[0] // 2, size[1] // 2), interpolation=cv2.INTER_AREA), np.float32)
        planes.append(np.asarray(cv2.resize(_rounded(half, _steps(_chroma_table(), quality)), size), np.float32))
    levels = np.clip(np.rint(np.stack(planes, axis=2)[:height, :width]), 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(levels, cv2.COLOR_YCrCb2RGB), np.uint8)


def _chroma_table() -> npt.NDArray[np.int64]:
    table = np.full((BLOCK, BLOCK), 99)
    table[:4, :4] = _CHROMA
    return table


def _steps(table: npt.NDArray[np.int64], quality: int) -> Values:
    scale = 5000 // max(1, quality)
    return np.asarray(np.clip((table * scale + 50) // 100, 1, MOST_STEP), np.float32)


def _rounded(plane: Values, steps: Values) -> Values:
    """The plane with the numbers of the transform of each block rounded to multiples of the steps."""
    blocks = (plane - 128).reshape(plane.shape[0] // BLOCK, BLOCK, -1, BLOCK).swapaxes(1, 2)
    cosines = _cosines()
    told = np.rint(cosines @ blocks @ cosines.T / steps) * steps
    back = (cosines.T @ told @ cosines).swapaxes(1, 2).reshape(plane.shape)
    return np.asarray(np.clip(np.rint(back + 128), 0, 255), np.float32)


def _cosines() -> Values:
    """The orthonormal cosine transform (type II)."""
    place = np.arange(BLOCK)
    rows = np.cos((2 * place + 1) * place[:, None] * np.pi / (2 * BLOCK)) * np.sqrt(2 / BLOCK)
    rows[0] /= np.sqrt(2)
    return np.asarray(rows, np.float32)
