"""The only place that decodes: one reduced decode feeds every fingerprint; full pixels only for those who need them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from py_image_dedup.analysis.content import Content, read_content
from py_image_dedup.analysis.decoders import decoder_errors, require_reader
from py_image_dedup.analysis.jpeg import jpeg_complaints, jpeg_grey, jpeg_rgb
from py_image_dedup.analysis.metadata import exif_of, orientation_of
from py_image_dedup.analysis.modes import Pixels, as_grey, as_rgb
from py_image_dedup.analysis.raw import decode_raw, raw_pixels
from py_image_dedup.analysis.sniff import PictureType, Reader, sniff
from py_image_dedup.analysis.trouble import Trouble

# PDQ and the detail measure look at 64 cells a side: twice that is left of the short side, at least.
SHORT_SIDE = 128
_REDUCTIONS = (8, 4, 2, 1)
_OPENCV_MODES = ("L", "RGB")


@contextmanager
def opened(content: Content, kind: PictureType) -> Iterator[Image.Image]:
    """The picture with its header read and nothing decoded yet. Raises `Trouble`, also for what happens inside."""
    require_reader(kind)
    with decoder_errors(), content.stream() as stream, Image.open(stream, formats=[kind.name]) as image:
        yield image


def reduced_grey(content: Content, image: Image.Image) -> Pixels:
    """Luma of the first frame after EXIF orientation, each side divided by 8, 4, 2 or 1.

    The largest divisor that leaves `SHORT_SIDE` pixels; JPEG scales while decoding, all else is averaged over cells.
    """
    factor = _reduction(min(image.size), SHORT_SIDE)
    if (grey := _jpeg(content, image, factor, jpeg_grey)) is None:
        grey = _divided_grey(image, factor)
    return oriented(grey, orientation_left(image))


def read_pixels(path: str, max_side: int) -> Pixels:
    """Height x width x 3, RGB, uint8: the first frame after EXIF orientation, no side longer than `max_side`.

    Never enlarged; shrunk by area average. Raises `Trouble`.
    """
    content = read_content(path)
    kind = sniff(content.head, path)
    if kind.reader is Reader.RAW:
        require_reader(kind)
        return _fitted(raw_pixels(content), max_side)
    with opened(content, kind) as image:
        factor = _reduction(max(image.size), max_side)
        if (rgb := _jpeg(content, image, factor, jpeg_rgb)) is None:
            _draft(image, factor)
            rgb = as_rgb(_loaded(image))
        return oriented(_fitted(rgb, max_side), orientation_left(image))


def decode_completely(path: str) -> str | None:
    """Decode every frame; a sentence that says what is broken, or None where the picture is sound. Raises `Trouble`
    only where that cannot be told (the file is gone, a package is missing)."""
    return soundness(read_content(path))


def soundness(content: Content) -> str | None:
    """As `decode_completely`, for a content that is at hand."""
    kind = sniff(content.head, content.path)
    require_reader(kind)
    try:
        if kind.reader is Reader.RAW:
            return decode_raw(content)
        return _frames_soundness(content, kind)
    except Trouble as trouble:
        return trouble.reason


def _frames_soundness(content: Content, kind: PictureType) -> str | None:
    """A plain JPEG is decoded at an eighth, which reads all its data and tells more than Pillow; the rest by Pillow."""
    in_hand = content.data if kind.name == "JPEG" else None
    complaints = jpeg_complaints(in_hand) if in_hand is not None else None
    if complaints:
        return f"The picture data is damaged: {complaints[0]}."
    with opened(content, kind) as image:
        if complaints is None or frame_count(image) > 1:
            for _ in frames(image):
                pass
    return None


def frames(image: Image.Image) -> Iterator[Image.Image]:
    """Each frame of the picture, decoded; the same object again and again."""
    for number in range(frame_count(image)):
        image.seek(number)
        yield _loaded(image)


def frame_count(image: Image.Image) -> int:
    """How many frames or pages the file says it has; 1 for a still picture."""
    return int(getattr(image, "n_frames", 1))


def orientation_left(image: Image.Image) -> int:
    """The EXIF orientation still to be applied to decoded pixels, 1..8.

    Ask after loading: Pillow's TIFF reader turns while it loads and drops the tag, pillow-heif turns and says 1.
    """
    if image.format == "TIFF":
        return 1
    return orientation_of(exif_of(image))


def oriented(pixels: npt.NDArray[Any], orientation: int) -> npt.NDArray[Any]:
    """What a viewer shows of `pixels` (height x width, any channels) stored with this EXIF orientation; contiguous."""
    turned = pixels.swapaxes(0, 1) if orientation >= 5 else pixels
    mirror_rows, mirror_columns = orientation in (3, 4, 7, 8), orientation in (2, 3, 6, 7)
    return np.ascontiguousarray(turned[:: -1 if mirror_rows else 1, :: -1 if mirror_columns else 1])


def _jpeg(content: Content, image: Image.Image, factor: int, decode: Any) -> Pixels | None:
    """OpenCV's pixels where it reads the picture as Pillow would (the first picture of an MPO is a plain JPEG)."""
    plain = image.format in ("JPEG", "MPO") and image.mode in _OPENCV_MODES and content.data is not None
    pixels: Pixels | None = decode(content.data, factor) if plain else None
    return pixels


def _reduction(side: int, wanted: int) -> int:
    return next(factor for factor in _REDUCTIONS if side // factor >= wanted or factor == 1)


def _divided_grey(image: Image.Image, factor: int) -> Pixels:
    """Means of whole cells of factor x factor pixels from the top left, as a reduced JPEG has them."""
    width = image.size[0]
    _draft(image, factor)
    drafted = max(1, round(width / image.size[0]))
    grey = as_grey(_loaded(image))
    return np.asarray(Image.fromarray(grey).reduce(factor // drafted)) if factor > drafted else grey


def _draft(image: Image.Image, factor: int) -> None:
    """Let a JPEG scale while it decodes; nothing for other formats. The size asked for is rounded down: never less."""
    image.draft(None, (max(1, image.size[0] // factor), max(1, image.size[1] // factor)))


def _loaded(image: Image.Image) -> Image.Image:
    image.load()
    return image


def _fitted(pixels: Pixels, max_side: int) -> Pixels:
    height, width = pixels.shape[:2]
    share = min(1.0, max_side / max(height, width))
    return _shrunk(pixels, (max(1, round(width * share)), max(1, round(height * share))))


def _shrunk(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    if (pixels.shape[1], pixels.shape[0]) == size:
        return pixels
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
