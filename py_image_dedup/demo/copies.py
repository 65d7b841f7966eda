"""The kinds of copies that people end up with, one small function each: a picture in, the bytes of a file out."""

import io
from collections.abc import Callable, Mapping
from types import MappingProxyType

from PIL import Image, ImageEnhance, ImageOps

from py_image_dedup.demo.scenes import Picture

QUALITY = 92  # of the originals
_EXIF_IFD = 0x8769
_MAKE, _MODEL, _ORIENTATION, _DATE_TIME, _DATE_TIME_ORIGINAL = 0x010F, 0x0110, 0x0112, 0x0132, 0x9003
_UPRIGHT, _QUARTER_TURN_BACK = 1, 6  # EXIF: show it as it is; turned a quarter clockwise


def camera_jpeg(picture: Picture, number: int) -> bytes:
    """As the camera wrote it, with EXIF: maker, model, time, orientation."""
    exif = Image.Exif()
    taken_at = f"2023:07:{1 + number:02d} 1{number % 10}:20:30"
    exif[_MAKE], exif[_MODEL], exif[_DATE_TIME] = "Demo", "Demo Camera 1", taken_at
    exif[_ORIENTATION] = _UPRIGHT
    exif.get_ifd(_EXIF_IFD)[_DATE_TIME_ORIGINAL] = taken_at
    return _saved(picture, "JPEG", quality=QUALITY, exif=exif)


def plain_jpeg(picture: Picture, quality: int = QUALITY) -> bytes:
    """A JPEG without metadata. At the quality of the original it decodes to the same pixels."""
    return _saved(picture, "JPEG", quality=quality)


def png(picture: Picture) -> bytes:
    """Without loss, without metadata."""
    return _saved(picture, "PNG")


def tiff(picture: Picture) -> bytes:
    """Without loss, in another container."""
    return _saved(picture, "TIFF", compression="tiff_deflate")


def _saved(picture: Picture, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def _half(picture: Picture) -> Picture:
    return picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS)


def _cropped(picture: Picture) -> Picture:
    return picture.crop((picture.width // 10, 0, picture.width, picture.height * 9 // 10))


def _framed(picture: Picture) -> Picture:
    return ImageOps.expand(picture, border=picture.height // 12, fill=(250, 248, 240))


def _exif_turned(picture: Picture) -> bytes:
    """Without a time of capture: another one than that of the original would make it another photograph."""
    exif = Image.Exif()
    exif[_ORIENTATION] = _QUARTER_TURN_BACK
    return _saved(picture.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=QUALITY, exif=exif)


Copy = Callable[[Picture], bytes]
COPIES: Mapping[str, Copy] = MappingProxyType(
    {
        "metadata-stripped": plain_jpeg,
        "png": png,
        "re-encoded": lambda p: plain_jpeg(p, 60),
        "half-size": lambda p: plain_jpeg(_half(p), 80),
        "brighter": lambda p: plain_jpeg(ImageEnhance.Brightness(p).enhance(1.25)),
        "turned": lambda p: plain_jpeg(p.transpose(Image.Transpose.ROTATE_90)),
        "mirrored": lambda p: plain_jpeg(p.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
        "exif-turned": _exif_turned,
        "cropped": lambda p: plain_jpeg(_cropped(p)),
        "framed": lambda p: plain_jpeg(_framed(p)),
        "greyscale": lambda p: plain_jpeg(p.convert("L")),
        "tiff": tiff,
    }
)
"""What is done to a picture, by name; `same-bytes` and `look-alike` take more than the picture and are not here."""
