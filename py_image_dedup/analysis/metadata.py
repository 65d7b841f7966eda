"""EXIF facts. The entries come from strangers: anything may be missing, of another type, endless or nonsense."""

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image

# More is no metadata of a photograph; Pillow would build Python objects of many times the size from it.
MAX_EXIF_BYTES = 1 << 20
MAX_TEXT = 100
EXIF_ERRORS = (
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, EOFError, AttributeError),
    *(struct.error, RuntimeError),
)
_POINTERS = frozenset({ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo, ExifTags.IFD.Interop})
# What a TIFF needs to describe its own pixels says nothing of the photograph.
_STRUCTURE = frozenset(
    {*range(254, 260), 262, 263, 264, 265, 266, 273, *range(277, 282), 284, *range(288, 294), 301, 317, 320}
    | {*range(322, 326), 330, 332, 338, 339, 340, 341, 347, 512, 513, 514, 529, 530, 531, 532}
)


@dataclass(frozen=True, slots=True)
class ExifFacts:
    """What EXIF says of one picture; see `ImageFacts` for the meaning of each."""

    entries: int = 0
    orientation: int = 1
    taken_at: str | None = None
    camera: str | None = None
    gps: tuple[float, float] | None = None
    size: tuple[int, int] | None = None


def exif_of(image: Image.Image) -> Image.Exif:
    """The EXIF entries of the picture (XMP for the orientation); empty where they cannot be read."""
    raw = image.info.get("exif")
    if isinstance(raw, bytes) and len(raw) > MAX_EXIF_BYTES:
        return Image.Exif()
    try:
        return image.getexif()
    except EXIF_ERRORS:
        return Image.Exif()


def exif_facts(exif: Image.Exif) -> ExifFacts:
    """The facts kept of `exif`; never raises for what the entries hold."""
    main = exif_entries(exif)
    camera, gps = _block(exif, ExifTags.IFD.Exif), _block(exif, ExifTags.IFD.GPSInfo)
    return ExifFacts(
        entries=_count(main, _POINTERS | _STRUCTURE) + _count(camera, _POINTERS) + (1 if gps else 0),
        orientation=orientation_of(main),
        taken_at=_taken_at(camera),
        camera=_camera(main),
        gps=_position(gps),
        size=_size(camera),
    )


def exif_entries(exif: Image.Exif) -> dict[int, Any]:
    """Entry by entry: one that cannot be read does not take the others along."""
    entries = {}
    for tag in exif:
        try:
            entries[tag] = exif[tag]
        except EXIF_ERRORS:
            continue
    return entries


def _block(exif: Image.Exif, pointer: int) -> Mapping[int, Any]:
    try:
        block = exif.get_ifd(pointer)
    except EXIF_ERRORS:
        return {}
    return block if isinstance(block, Mapping) else {}


def _count(entries: Mapping[int, Any], besides: frozenset[int]) -> int:
    return sum(tag not in besides for tag in entries)


def orientation_of(main: Mapping[int, Any] | Image.Exif) -> int:
    """The EXIF orientation 1..8; 1 for anything else."""
    value = main.get(ExifTags.Base.Orientation)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _taken_at(camera: Mapping[int, Any]) -> str | None:
    """When the shutter was released, else when the picture became digital; never when a program saved it."""
    base = ExifTags.Base
    original = _time(camera.get(base.DateTimeOriginal), camera.get(base.SubsecTimeOriginal))
    return original or _time(camera.get(base.DateTimeDigitized), camera.get(base.SubsecTimeDigitized))


def _time(value: Any, fraction: Any) -> str | None:
    try:
        moment = datetime.strptime(_text(value)[:19], "%Y:%m:%d %H:%M:%S").isoformat()  # noqa: DTZ007 - local time
    except ValueError:
        return None
    digits = _text(fraction)
    return f"{moment}.{digits[:3]:0<3}" if digits.isdecimal() and digits.isascii() else moment


def _size(camera: Mapping[int, Any]) -> tuple[int, int] | None:
    """Width and height that the camera stored; None for anything but two positive numbers."""
    width, height = camera.get(ExifTags.Base.ExifImageWidth), camera.get(ExifTags.Base.ExifImageHeight)
    if isinstance(width, int) and isinstance(height, int) and 0 < width < 1 << 20 and 0 < height < 1 << 20:
        return width, height
    return None


def _camera(main: Mapping[int, Any]) -> str | None:
    """Make and model; the make once where the model starts with it."""
    make, model = _text(main.get(ExifTags.Base.Make)), _text(main.get(ExifTags.Base.Model))
    if make and model.lower().startswith(make.split()[0].lower()):
        return model
    return f"{make} {model}".strip() or None


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value[: 4 * MAX_TEXT].decode("utf-8", "replace")
    if not isinstance(value, str):
        return ""
    printable = "".join(c if c.isprintable() else " " for c in value.split("\0")[0][: 4 * MAX_TEXT])
    return " ".join(printable.split())[:MAX_TEXT]


def _position(gps: Mapping[int, Any]) -> tuple[float, float] | None:
    latitude = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), b"S", 90.0)
    longitude = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), b"W", 180.0)
    return None if latitude is None or longitude is None else (latitude, longitude)


def _degrees(value: Any, reference: Any, negative: bytes, bound: float) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in value)
    except EXIF_ERRORS:
        return None
    size = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(size) or not 0 <= size <= bound:
        return None
    return round(-size if _text(reference).upper() == negative.decode() else size, 7)
