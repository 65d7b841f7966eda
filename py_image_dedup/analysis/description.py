"""What a file says about its picture: EXIF, XMP and IPTC, as photo managers write them.

Sources: the tag tables of EXIF 2.32, XMP part 1 and 2 (Dublin Core, xmp:Rating, exif:GPS*), IPTC IIM 4.2 (record 2).
The entries come from strangers; this runs in a worker, under its limits.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from typing import Any

from PIL import ExifTags, Image, ImageFile, IptcImagePlugin

from py_image_dedup.analysis.content import Content, read_content
from py_image_dedup.analysis.decode import opened
from py_image_dedup.analysis.metadata import EXIF_ERRORS, exif_entries, exif_facts, exif_of
from py_image_dedup.analysis.raw import raw_exif
from py_image_dedup.analysis.sniff import Reader, sniff
from py_image_dedup.model.descriptions import (
    AUTHOR,
    CAMERA,
    CAPTION,
    CAPTURE_TIME,
    COPYRIGHT,
    KEYWORDS,
    KINDS,
    POSITION,
    RATING,
    Description,
    Said,
)

MAX_XMP_BYTES = 1 << 20
MAX_VALUES = 1_000
_Found = Iterator[tuple[str, str]]
_NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
}
_XMP = {
    "dc:subject": KEYWORDS,
    "dc:description": CAPTION,
    "dc:title": CAPTION,
    "dc:creator": AUTHOR,
    "dc:rights": COPYRIGHT,
    "xmp:Rating": RATING,
    "exif:GPSLatitude": POSITION,
}
_EXIF = {
    0x010E: CAPTION,  # ImageDescription
    0x013B: AUTHOR,  # Artist
    0x8298: COPYRIGHT,
    0x4746: RATING,
}
_EXIF_UTF16 = {0x9C9B: CAPTION, 0x9C9C: CAPTION, 0x9C9D: AUTHOR, 0x9C9E: KEYWORDS}  # XPTitle, XPComment, ...
_IPTC = {(2, 5): CAPTION, (2, 25): KEYWORDS, (2, 80): AUTHOR, (2, 116): COPYRIGHT, (2, 120): CAPTION}
# What cameras and phones write into a field that nobody filled in.
_NOTHING = frozenset({"", "0", "OLYMPUS DIGITAL CAMERA", "SONY DSC", "DCIM", "default", "null"})
_MARK = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


def description_of(path: str) -> Description:
    """What the file says of its picture. Raises `Trouble` where it cannot be read as a picture."""
    return content_description(read_content(path))


def content_description(content: Content) -> Description:
    """As `description_of`, for a content that is at hand."""
    kind = sniff(content.head, content.path)
    if kind.reader is Reader.RAW:
        return _description(_of_exif(raw_exif(content)))
    with opened(content, kind) as image:
        found = [*_of_exif(exif_of(image)), *_of_xmp(_xmp(image)), *_of_iptc(_iptc(image))]
    return _description(iter(found))


def _description(found: _Found) -> Description:
    values: dict[str, dict[str, None]] = {kind: {} for kind in KINDS}
    for kind, value in found:
        text = " ".join(value.split("\0")[0].split())
        if text not in _NOTHING and len(values[kind]) < MAX_VALUES:
            values[kind][text] = None
    return Description(tuple(Said(kind, tuple(texts)) for kind, texts in values.items() if texts))


def _of_exif(exif: Image.Exif) -> _Found:
    facts, main = exif_facts(exif), exif_entries(exif)
    if facts.gps and facts.gps != (0.0, 0.0):  # what a receiver writes that has seen no satellite
        yield POSITION, f"{facts.gps[0]:.6f}, {facts.gps[1]:.6f}"
    yield CAPTURE_TIME, facts.taken_at or ""
    yield CAMERA, facts.camera or ""
    for tag, kind in _EXIF.items():
        yield kind, _text(main.get(tag))
    for tag, kind in _EXIF_UTF16.items():
        text = _utf16(main.get(tag))
        yield from ((kind, part) for part in (text.split(";") if kind is KEYWORDS else [text]))


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value) if isinstance(value, str | int) else ""


def _utf16(value: Any) -> str:
    return value.decode("utf-16-le", "replace") if isinstance(value, bytes) else ""


def _xmp(image: Image.Image) -> bytes:
    raw = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    if not raw and image.format == "TIFF":
        raw = exif_entries(exif_of(image)).get(ExifTags.Base.XMLPacket) or b""
    return raw.encode("utf-8", "replace") if isinstance(raw, str) else raw if isinstance(raw, bytes) else b""


def _of_xmp(packet: bytes) -> _Found:
    """Properties as elements or as attributes; those of lists item by item."""
    if not packet or len(packet) > MAX_XMP_BYTES or _MARK.search(packet):
        return
    try:
        tree = ET.fromstring(packet.rstrip(b"\0 \r\n\t"))  # noqa: S314 - no DTD, and the worker is bounded
    except (ET.ParseError, ValueError):
        return
    for name, kind in _XMP.items():
        prefix, _, local = name.partition(":")
        tag = f"{{{_NAMESPACES[prefix]}}}{local}"
        yield from ((kind, element.attrib[tag]) for element in tree.iter() if tag in element.attrib)
        for element in tree.iter(tag):
            items = list(element.iterfind(".//rdf:li", _NAMESPACES))
            yield from ((kind, item.text or "") for item in (items or [element]))


def _iptc(image: Image.Image) -> Mapping[Any, Any]:
    if not isinstance(image, ImageFile.ImageFile):
        return {}
    try:
        return IptcImagePlugin.getiptcinfo(image) or {}
    except EXIF_ERRORS:
        return {}


def _of_iptc(records: Mapping[Any, Any]) -> _Found:
    for number, kind in _IPTC.items():
        value = records.get(number)
        yield from ((kind, _text(one)) for one in (value if isinstance(value, list) else [value]))
