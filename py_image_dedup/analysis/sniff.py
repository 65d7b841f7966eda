"""What kind of picture a file holds, told by its first bytes; the suffix decides only where the content cannot.

Only the formats of the list are ever given to a decoder. PostScript, PDF, WMF and the like are programs or documents:
their decoders start other programs or draw what the file asks for.
"""

import os
import re
from dataclasses import dataclass
from enum import Enum

from py_image_dedup.analysis.trouble import Trouble
from py_image_dedup.model.images import UnreadableKind

HEAD_BYTES = 4096


class Reader(Enum):
    """Which library opens a format."""

    PILLOW = "pillow"
    HEIF = "heif"
    JXL = "jxl"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class PictureType:
    """The name of a format (Pillow's, where Pillow reads it) and the library that opens it."""

    name: str
    reader: Reader = Reader.PILLOW


_MAGIC = (
    (b"\xff\xd8\xff", PictureType("JPEG")),
    (b"\x89PNG\r\n\x1a\n", PictureType("PNG")),
    (b"GIF87a", PictureType("GIF")),
    (b"GIF89a", PictureType("GIF")),
    (b"qoif", PictureType("QOI")),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", PictureType("JPEG2000")),
    (b"\xff\x4f\xff\x51", PictureType("JPEG2000")),
    (b"\xff\x0a", PictureType("JXL", Reader.JXL)),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", PictureType("JXL", Reader.JXL)),
    (b"FUJIFILMCCD-RAW", PictureType("RAF", Reader.RAW)),
    (b"IIRO", PictureType("ORF", Reader.RAW)),
    (b"IIRS", PictureType("ORF", Reader.RAW)),
    (b"MMOR", PictureType("ORF", Reader.RAW)),
    (b"IIU\x00", PictureType("RW2", Reader.RAW)),
    (b"\x00MRM", PictureType("MRW", Reader.RAW)),
    (b"FOVb", PictureType("X3F", Reader.RAW)),
    (b"II\x1a\x00\x00\x00HEAPCCDR", PictureType("CRW", Reader.RAW)),
)
_REFUSED = (
    (b"%PDF", "PDF"),
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "EPS"),
    (b"8BPS", "Photoshop"),
    (b"\xd7\xcd\xc6\x9a", "WMF"),
    (b"DDS ", "DDS"),
    (b"v/1\x01", "OpenEXR"),
    (b"#?RADIANCE", "Radiance"),
    (b"SIMPLE  =", "FITS"),
    (b"gimp xcf", "GIMP"),
    (b"icns", "ICNS"),
    (b"\x59\xa6\x6a\x95", "Sun raster"),
    (b"AT&TFORM", "DjVu"),
)
_TIFF_MAGIC = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_RAW_SUFFIXES = frozenset(
    {".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".iiq", ".kdc", ".mef", ".mos", ".mrw"}
    | {".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f"}
)
_AVIF_BRANDS = (b"avif", b"avis")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")
_DNG_VERSION_TAG = 50706


def sniff(head: bytes, path: str) -> PictureType:
    """The type of the picture whose file starts with `head` (at least `HEAD_BYTES`, or all there is).

    Raises `Trouble`: FORMAT_REFUSED for formats that are known and not accepted, NOT_A_PICTURE for anything else.
    """
    suffix = os.path.splitext(path)[1].lower()
    found = _by_magic(head) or _tiff_or_raw(head, suffix) or _iso_media(head) or _by_structure(head, suffix)
    if found is None:
        _refuse_known(head)
        raise Trouble(UnreadableKind.NOT_A_PICTURE, "The content is no picture in any format that is read.")
    return found


def _by_magic(head: bytes) -> PictureType | None:
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)


def _refuse_known(head: bytes) -> None:
    name = next((name for magic, name in _REFUSED if head.startswith(magic)), None)
    if name is None and re.match(rb"\s*(<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE[^>]*>|\s)*<svg\b", head, re.DOTALL):
        name = "SVG"
    if name is not None:
        raise Trouble(UnreadableKind.FORMAT_REFUSED, f"{name} files are documents or programs and are not opened.")


def _tiff_or_raw(head: bytes, suffix: str) -> PictureType | None:
    """Camera RAW is mostly TIFF inside; a TIFF reader would hand back the small preview without a word."""
    if not head.startswith(_TIFF_MAGIC):
        return None
    if head[8:10] == b"CR":
        return PictureType("CR2", Reader.RAW)
    if _is_dng(head):
        return PictureType("DNG", Reader.RAW)
    if suffix in _RAW_SUFFIXES:
        return PictureType(suffix[1:].upper(), Reader.RAW)
    return PictureType("TIFF")


def _is_dng(head: bytes) -> bool:
    order = "little" if head.startswith(b"II") else "big"
    first = int.from_bytes(head[4:8], order)  # type: ignore[arg-type]
    count = int.from_bytes(head[first : first + 2], order)  # type: ignore[arg-type]
    entries = (head[at : at + 2] for at in range(first + 2, min(first + 2 + 12 * count, len(head)), 12))
    return _DNG_VERSION_TAG.to_bytes(2, order) in entries  # type: ignore[arg-type]


def _iso_media(head: bytes) -> PictureType | None:
    if head[4:8] != b"ftyp":
        return None
    length = min(max(int.from_bytes(head[:4], "big"), 16), 512)
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, length, 4))]
    if brands[0] == b"crx ":
        return PictureType("CR3", Reader.RAW)
    if any(brand in _AVIF_BRANDS for brand in brands):
        return PictureType("AVIF")
    if any(brand in _HEIF_BRANDS for brand in brands):
        return PictureType("HEIF", Reader.HEIF)
    return None


def _by_structure(head: bytes, suffix: str) -> PictureType | None:
    """Formats whose magic is short: a second look at the header makes sure."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return PictureType("WEBP")
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in (12, 16, 40, 52, 56, 64, 108, 124):
        return PictureType("BMP")
    if head[:4] == b"\x00\x00\x01\x00" and 0 < int.from_bytes(head[4:6], "little") < 256 and head[9:10] == b"\x00":
        return PictureType("ICO")
    if re.match(rb"P[1-6][\s#]", head):
        return PictureType("PPM")
    return PictureType("TGA") if suffix in {".tga", ".icb", ".vda", ".vst"} and _is_tga(head) else None


def _is_tga(head: bytes) -> bool:
    sides = int.from_bytes(head[12:14], "little") * int.from_bytes(head[14:16], "little")
    known = head[1:2] in (b"\0", b"\1") and head[2:3] in (b"\1", b"\2", b"\3", b"\x09", b"\x0a", b"\x0b")
    return known and len(head) > 18 and sides > 0 and head[16] in (8, 15, 16, 24, 32)
