"""Camera RAW through LibRaw (the optional package rawpy)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from PIL import Image

from py_image_dedup.analysis.content import Content
from py_image_dedup.analysis.decoders import check_pixels
from py_image_dedup.analysis.modes import Pixels, as_grey
from py_image_dedup.analysis.trouble import Trouble
from py_image_dedup.model.images import UnreadableKind

_QUARTER_TURNS = (5, 6)  # LibRaw's "flip": 3 half turn, 5 and 6 quarter turns


def raw_size(content: Content) -> tuple[int, int]:
    """Width and height in pixels as developed and turned. Raises `Trouble`."""
    with _opened(content) as raw:
        sizes = raw.sizes
        turned = sizes.flip in _QUARTER_TURNS
        return (sizes.height, sizes.width) if turned else (sizes.width, sizes.height)


def raw_pixels(content: Content) -> Pixels:
    """Half the sensor's size, RGB, turned as the camera says, in the camera's white balance. Raises `Trouble`."""
    with _opened(content) as raw:
        return np.asarray(raw.postprocess(half_size=True, use_camera_wb=True, output_bps=8), np.uint8)


def raw_grey(content: Content) -> Pixels:
    """Luma of `raw_pixels`."""
    return as_grey(Image.fromarray(raw_pixels(content)))


def decode_raw(content: Content) -> str | None:
    """Unpack the whole sensor data; the reason where that fails, None where it is sound."""
    with _opened(content) as raw:
        return None if raw.raw_image.size else "The sensor data is empty."


def raw_exif(content: Content) -> Image.Exif:
    """The EXIF entries of RAW files that are TIFF inside; empty for the others."""
    exif = Image.Exif()
    with content.stream() as stream:
        if content.head[:4] in (b"II*\x00", b"MM\x00*"):
            exif.load_from_fp(stream)
    return exif


@contextmanager
def _opened(content: Content) -> Iterator[Any]:
    """LibRaw on the content; its errors become `Trouble`."""
    import rawpy

    with content.stream() as stream:
        try:
            with rawpy.imread(stream) as raw:
                check_pixels(raw.sizes.raw_width, raw.sizes.raw_height)
                yield raw
        except rawpy.LibRawUnsufficientMemoryError as error:
            raise MemoryError(str(error)) from error
        except rawpy.LibRawError as error:
            raise Trouble(UnreadableKind.DAMAGED, f"The RAW picture cannot be decoded: {_words(error)}") from error


def _words(error: Exception) -> str:
    said = error.args[0] if error.args else error
    return said.decode("ascii", "replace") if isinstance(said, bytes) else str(said)
