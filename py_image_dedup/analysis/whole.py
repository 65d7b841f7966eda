"""Every pixel of a picture: as stored for the image-match signature, as shown for the digest of its pixels."""

import hashlib
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from py_image_dedup.analysis.content import Content, read_content
from py_image_dedup.analysis.decode import frame_count, frames, opened, orientation_left, oriented
from py_image_dedup.analysis.decoders import require_reader
from py_image_dedup.analysis.depth import stored_bits
from py_image_dedup.analysis.metadata import exif_of, orientation_of
from py_image_dedup.analysis.sniff import PictureType, Reader, sniff

Array = npt.NDArray[Any]
_GREY = frozenset({"1", "L", "I", "F", "I;16", "I;16L", "I;16B", "I;16N"})
_SRGB_GAMMA = 0.45455
_ICC_TAGS_AT = 128
# A motion photo carries its video behind the end of the JPEG.
_VIDEO = b"ftyp"
_END_OF_IMAGE = b"\xff\xd9"


def pixel_digest(path: str) -> bytes:
    """SHA-256 over all decoded frames as shown, at full bit depth: 32 bytes, equal for equal pictures only.

    Orientation is applied; palette, grey and opaque alpha count as the RGB that they show. Size, number and duration of
    frames, colour profiles other than sRGB and an attached video are part of it. Where a decoder does not give all the
    file holds (RAW, deep colour in AVIF, JPEG XL, icons of several sizes) the digest is the file's own.
    Raises `Trouble`.
    """
    return content_digest(read_content(path))


def content_digest(content: Content) -> bytes:
    """As `pixel_digest`, for a content that is at hand."""
    kind = sniff(content.head, content.path)
    if kind.reader is Reader.RAW:
        require_reader(kind)
        return _own_digest(content)
    with opened(content, kind) as image:
        bits = stored_bits(image, content.head)
        deep = _deep_pixels(content, image, bits)
        if deep is None and not _is_complete(image, kind, bits):
            return _own_digest(content)
        digest = hashlib.sha256(_frame_independent(content, image))
        if deep is not None:
            _add_frame(digest, deep, 0)
        else:
            _add_frames(digest, image)
        return digest.digest()


def stored_pixels(content: Content) -> Array | None:
    """The first frame as Pillow stores it, EXIF not applied; None where the image-match library gives no signature:
    grey with alpha, and files of several frames except WebP, AVIF and MPO. Raises `Trouble`."""
    kind = sniff(content.head, content.path)
    if kind.reader is not Reader.PILLOW:
        return None
    with opened(content, kind) as image:
        several = kind.name == "GIF" or (kind.name in ("PNG", "TIFF") and frame_count(image) > 1)
        if several or image.mode in ("LA", "La"):
            return None
        image.load()
        return np.asarray(image.convert("RGB") if image.mode in ("P", "PA") else image)


def _own_digest(content: Content) -> bytes:
    return hashlib.sha256(b"file" + content.sha256).digest()


def _is_complete(image: Image.Image, kind: PictureType, bits: int) -> bool:
    """Whether Pillow's pixels hold every bit of the picture."""
    if kind.name == "ICO":
        return len(image.info.get("sizes", ())) <= 1
    return bits <= 8 or image.mode in _GREY


def _deep_pixels(content: Content, image: Image.Image, bits: int) -> Array | None:
    """PNG and TIFF of one frame with 16 bits a channel in colour: Pillow gives 8 of them, OpenCV all."""
    deep = image.format in ("PNG", "TIFF") and bits == 16 and image.mode not in _GREY
    if not deep or content.data is None or frame_count(image) > 1:
        return None
    flags = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = cv2.imdecode(np.frombuffer(content.data, np.uint8), flags)
    if pixels is None or pixels.dtype != np.uint16:
        return None
    return oriented(pixels, orientation_of(exif_of(image)))


def _frame_independent(content: Content, image: Image.Image) -> bytes:
    gamma = image.info.get("gamma")
    odd_gamma = f"{gamma:.5f}" if isinstance(gamma, float) and abs(gamma - _SRGB_GAMMA) > 1e-4 else ""
    profile = image.info.get("icc_profile") or b""
    colours = b"" if _is_srgb(profile) else hashlib.sha256(profile).digest()
    return repr((frame_count(image), odd_gamma, colours, _video_digest(content))).encode()


def _is_srgb(profile: bytes) -> bool:
    """Whether there is no profile, or its description starts with "sRGB"; linear variants are something else."""
    if not profile:
        return True
    at = profile.find(b"desc", _ICC_TAGS_AT + 4)
    where = int.from_bytes(profile[at + 4 : at + 8], "big") if at >= 0 else len(profile)
    said = profile[where + 12 : where + 100].replace(b"\0", b"").lower()
    return b"srgb" in said and b"linear" not in said


def _video_digest(content: Content) -> bytes:
    if content.data is None or not content.head.startswith(b"\xff\xd8"):
        return b""
    at = content.data.find(_VIDEO, content.data.find(_END_OF_IMAGE))
    return hashlib.sha256(content.data[at:]).digest() if at >= 0 else b""


def _add_frames(digest: Any, image: Image.Image) -> None:
    for frame in frames(image):
        pixels = oriented(_canonical(frame), orientation_left(frame))
        _add_frame(digest, pixels, frame.info.get("duration", 0) if frame_count(image) > 1 else 0)


def _add_frame(digest: Any, pixels: Array, duration_ms: float) -> None:
    shown = _without_redundancy(pixels)
    digest.update(repr((shown.shape, shown.dtype.kind, shown.dtype.itemsize, float(duration_ms))).encode())
    digest.update(np.ascontiguousarray(shown.astype(shown.dtype.newbyteorder("<"), copy=False)).data)


def _canonical(frame: Image.Image) -> Array:
    """Palettes and premultiplied colours become what they show; everything else stays as decoded."""
    if frame.mode in ("P", "PA", "LA", "La", "RGBa"):
        return np.asarray(frame.convert("RGBA"))
    if frame.mode in ("L", "RGB") and "transparency" in frame.info:
        return np.asarray(frame.convert("RGBA"))
    if frame.mode == "1":
        return np.asarray(frame.convert("L"))
    if frame.mode in ("CMYK", "LAB", "HSV", "YCbCr"):
        return _tagged(np.asarray(frame), frame.mode)
    return np.asarray(frame)


def _tagged(pixels: Array, mode: str) -> Array:
    """Channels of another meaning than RGB get one more, so that their numbers are never taken for RGB."""
    mark = np.full((*pixels.shape[:2], 1), sum(mode.encode()) % 256, pixels.dtype)
    filler = np.zeros((*pixels.shape[:2], 4 - pixels.shape[2]), pixels.dtype)
    return np.concatenate([pixels, filler, mark], axis=2)


def _without_redundancy(pixels: Array) -> Array:
    """Opaque alpha is dropped, then equal channels become one; OpenCV's order of colours does not matter for that."""
    if pixels.ndim == 3 and pixels.shape[2] == 4 and (pixels[:, :, 3] == np.iinfo(pixels.dtype).max).all():
        pixels = pixels[:, :, :3]
    if pixels.ndim == 3 and pixels.shape[2] == 3:
        first = pixels[:, :, 0]
        if (pixels[:, :, 1] == first).all() and (pixels[:, :, 2] == first).all():
            return first
    return pixels
