"""JPEG with OpenCV: a reduced decode costs little more than the entropy decoding (38 of 107 ms for 12 megapixels)."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from py_image_dedup.analysis.modes import Pixels

_GREY = {
    1: cv2.IMREAD_GRAYSCALE,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
}
_COLOUR = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}
_DAMAGE = ("Corrupt JPEG data", "Premature end of JPEG file", "Inconsistent progression sequence")
# Annex K of ITU-T T.81: the luma table that libjpeg scales with the quality setting, row by row.
_ANNEX_K_LUMA = (
    *(16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56),
    *(14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92),
    *(49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99),
)


def jpeg_grey(data: bytes, factor: int) -> Pixels | None:
    """Luma as stored (not turned), each side divided by 1, 2, 4 or 8; None where the data is cut off or broken."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), _GREY[factor] | cv2.IMREAD_IGNORE_ORIENTATION)
    return None if pixels is None else pixels.astype(np.uint8, copy=False)


def jpeg_rgb(data: bytes, factor: int) -> Pixels | None:
    """Colour as stored (not turned), otherwise as `jpeg_grey`."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), _COLOUR[factor] | cv2.IMREAD_IGNORE_ORIENTATION)
    return None if pixels is None else cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


def jpeg_complaints(data: bytes) -> list[str] | None:
    """What libjpeg says of damage it got over while it read all the entropy-coded data of the first picture.

    None where it gave up: the data is cut off, or OpenCV does not know this kind of JPEG.
    """
    with _native_errors() as heard:
        pixels = jpeg_grey(data, 8)
    if pixels is None:
        return None
    return [line for line in "".join(heard).splitlines() if line.startswith(_DAMAGE)]


@contextmanager
def _native_errors() -> Iterator[list[str]]:
    """What native code writes to standard error meanwhile; libjpeg has no other way to tell of damage it got over."""
    heard: list[str] = []
    if not hasattr(os, "memfd_create"):
        yield heard
        return
    sys.stderr.flush()
    kept, listener = os.dup(2), os.memfd_create("decoder")
    try:
        os.dup2(listener, 2)
        yield heard
    finally:
        os.dup2(kept, 2)
        os.lseek(listener, 0, os.SEEK_SET)
        heard.append(os.read(listener, 65536).decode("ascii", "replace"))
        os.close(kept)
        os.close(listener)


def jpeg_quality(tables: Mapping[int, Sequence[int]]) -> int | None:
    """The quality setting, 1..100, at which libjpeg would write the luma table nearest to `tables[0]`."""
    luma = tables.get(0)
    if luma is None or len(luma) != len(_ANNEX_K_LUMA):
        return None
    distances = np.abs(_tables_by_quality() - np.asarray(luma)).sum(axis=1)
    return 100 - int(distances[::-1].argmin())


@cache
def _tables_by_quality() -> npt.NDArray[np.int64]:
    """The 100 luma tables of libjpeg, 100 x 64."""
    quality = np.arange(1, 101)
    scale = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)
    return np.asarray(np.clip((np.outer(scale, _ANNEX_K_LUMA) + 50) // 100, 1, 255), np.int64)
