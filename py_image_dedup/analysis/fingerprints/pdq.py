"""PDQ, the perceptual hash of Meta's ThreatExchange (`pdq/cpp`, BSD licence; "The TMK+PDQF Video-Hashing Algorithm and
the PDQ Image-Hashing Algorithm", 2019): 256 signs of low frequencies of a 64 x 64 luma, and a measure of quality.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from py_image_dedup.analysis.fingerprints import VERSIONS
from py_image_dedup.analysis.fingerprints.method import Method, Reading

Luma = npt.NDArray[np.float32]
SIDE = 64
FREQUENCIES = 16
_CELLS_PER_WINDOW = 128  # the blur window is half a cell of the 64 x 64 grid; two passes make a tent of one cell
_SMALLEST_SIDE = 5
_GRADIENT_UNIT = 90


def pdq(luma: Luma) -> tuple[npt.NDArray[np.uint8], int]:
    """The hashes of a picture (float32, height x width, 0..255) in all 8 orientations, and its quality 0..100.

    8 x 32 bytes, most significant bit first as the reference prints them: row o - 1 is the hash of the picture after
    EXIF orientation o was applied to it. Row 0 equals the reference's hash bit for bit. The others come from the same
    coefficients: exact for the turned picture where the grid is symmetric (64 x 64), else a few bits off.
    """
    if min(luma.shape) < _SMALLEST_SIDE:
        return np.zeros((8, 32), np.uint8), 0
    grid = _grid(luma)
    return _dihedral_hashes(_coefficients(grid)), _quality(grid)


def area_grid(grey: npt.NDArray[np.uint8]) -> Luma:
    """The mean luma of 64 x 64 cells. Unlike the reference's point samples it turns exactly as the picture turns.

    Its hash is 8 bits from the reference's in the median and 34 at most (435 pictures of good quality), 10 and 36
    after a reduced decode; turned and saved again at quality 90 it stays within 12 bits (420 copies).
    """
    import cv2

    return np.asarray(cv2.resize(grey.astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.float32)


def _grid(luma: Luma) -> Luma:
    """Blurred twice along rows and columns, then sampled at the centres of 64 x 64 cells."""
    rows, columns = luma.shape
    blurred = luma.T
    for _ in range(2):
        blurred = _box_blurred(blurred, _window(columns)).T
        blurred = _box_blurred(blurred, _window(rows)).T
    centres = np.arange(SIDE) + 0.5
    at_rows, at_columns = ((centres * side / SIDE).astype(int) for side in (rows, columns))
    return np.ascontiguousarray(blurred.T[np.ix_(at_rows, at_columns)])


def _window(side: int) -> int:
    return -(-side // _CELLS_PER_WINDOW)


def _box_blurred(lines: Luma, window: int) -> Luma:
    """Mean over `window` neighbours along the first axis, added up in the reference's order (running sums, float32)."""
    if window == 1:
        return lines
    length, ahead = len(lines), (window + 2) // 2 - 1
    out = np.empty_like(lines)
    total = np.zeros(lines.shape[1:], np.float32)
    for right in range(length + ahead):
        left, at = right - window, right - ahead
        if right < length:
            total = total + lines[right]
        if left >= 0:
            total = total - lines[left]
        if at >= 0:
            out[at] = total / np.float32(min(right, length - 1) - max(left, -1))
    return out


@cache
def _cosines() -> Luma:
    """DCT-II, 16 x 64, without the constant row."""
    frequency, position = np.arange(1, FREQUENCIES + 1)[:, None], np.arange(SIDE)[None, :]
    cosines = np.cos(np.pi / (2 * SIDE) * frequency * (2 * position + 1))
    return np.asarray(np.sqrt(2 / SIDE) * cosines, np.float32)


def _coefficients(grid: Luma) -> npt.NDArray[np.float64]:
    cosines = _cosines().astype(np.float64)
    return cosines @ grid.astype(np.float64) @ cosines.T


def _dihedral_hashes(coefficients: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """Mirroring negates every other frequency of one axis, transposing swaps the axes."""
    signs = np.where(np.arange(FREQUENCIES) % 2, 1.0, -1.0)  # the first frequency is 1: odd, changes sign
    left_right, up_down = coefficients * signs, coefficients * signs[:, None]
    half_turn = left_right * signs[:, None]
    upright = np.stack([coefficients, left_right, half_turn, up_down])
    above = upright > _lower_median(upright)
    # 5 is transposed, 6 up-down first, 7 both mirrors first, 8 left-right first.
    across = above[[0, 3, 2, 1]].transpose(0, 2, 1)
    bits = np.concatenate([above, across]).reshape(8, -1)
    return np.packbits(bits[:, ::-1], axis=1)


def _lower_median(pictures: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The 128th smallest of the 256 coefficients, as the reference's selection gives it."""
    flat = pictures.reshape(len(pictures), -1)
    middle = flat.shape[1] // 2 - 1
    return np.partition(flat, middle, axis=1)[:, middle, None, None]


def _quality(grid: Luma) -> int:
    """Sum of whole hundredths of differences between neighbours; the truncation makes slow gradients count nothing."""
    down, across = grid[:-1] - grid[1:], grid[:, :-1] - grid[:, 1:]
    steps = sum(int(np.abs((d * np.float32(100) / np.float32(255)).astype(np.int64)).sum()) for d in (down, across))
    return min(steps // _GRADIENT_UNIT, 100)


def fingerprint(reading: Reading) -> bytes:
    """8 hashes of 32 bytes in the order of EXIF orientations, then one byte quality: 257 bytes."""
    hashes, quality = pdq(reading.grid)
    return hashes.tobytes() + bytes([quality])


METHOD = Method("pdq", VERSIONS["pdq"], fingerprint, example="56646fad9f543f77")
