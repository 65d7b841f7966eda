"""What files say about their pictures: EXIF, XMP and IPTC; nonsense says nothing and harms nobody."""

from pathlib import Path

import pytest
from PIL import Image

from py_image_dedup.analysis.description import MAX_XMP_BYTES, description_of
from py_image_dedup.analysis.descriptions import described
from py_image_dedup.analysis.trouble import Trouble
from py_image_dedup.model.descriptions import AUTHOR, CAPTION, COPYRIGHT, KEYWORDS, POSITION, RATING

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:exif="http://ns.adobe.com/exif/1.0/" xmp:Rating="3">
<dc:subject><rdf:Bag><rdf:li>sea</rdf:li><rdf:li>sun</rdf:li><rdf:li>sea</rdf:li></rdf:Bag></dc:subject>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">At sea</rdf:li></rdf:Alt></dc:description>
<exif:GPSLatitude>43,30.0N</exif:GPSLatitude></rdf:Description></rdf:RDF></x:xmpmeta>"""
# IPTC of a JPEG: Photoshop's resource 0x0404 with records 2:25 (keyword), 2:80 (by-line)
RECORDS = b"\x1c\x02\x19\x00\x04wind\x1c\x02\x50\x00\x03Ann"
APP13 = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + len(RECORDS).to_bytes(4, "big") + RECORDS


def said(path: Path) -> dict[str, tuple[str, ...]]:
    return {one.kind: one.values for one in description_of(str(path)).said}


def picture(path: Path, **how: object) -> Path:
    Image.new("RGB", (8, 8), "red").save(path, **how)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize("ending", ["jpg", "webp", "tiff"])
def test_xmp_tells_keywords_caption_rating_and_position(tmp_path: Path, ending: str) -> None:
    how = {"tiffinfo": {700: XMP.encode()}} if ending == "tiff" else {"xmp": XMP.encode()}

    assert said(picture(tmp_path / f"a.{ending}", **how)) == {
        POSITION: ("43,30.0N",),
        CAPTION: ("At sea",),
        KEYWORDS: ("sea", "sun"),
        RATING: ("3",),
    }


def test_iptc_tells_keywords_and_author(tmp_path: Path) -> None:
    plain = picture(tmp_path / "a.jpg").read_bytes()
    segment = b"\xff\xed" + (len(APP13) + 2).to_bytes(2, "big") + APP13
    (tmp_path / "b.jpg").write_bytes(plain[:2] + segment + plain[2:])

    assert said(tmp_path / "b.jpg") == {KEYWORDS: ("wind",), AUTHOR: ("Ann",)}


def test_exif_tells_caption_copyright_rating_and_the_fields_of_windows(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E], exif[0x8298], exif[0x4746] = "A caption", "Ann 2020", 5
    exif[0x9C9E] = "sea;sun".encode("utf-16-le") + b"\0\0"

    assert said(picture(tmp_path / "a.jpg", exif=exif)) == {
        CAPTION: ("A caption",),
        KEYWORDS: ("sea", "sun"),
        RATING: ("5",),
        COPYRIGHT: ("Ann 2020",),
    }


@pytest.mark.parametrize("empty", ["OLYMPUS DIGITAL CAMERA", "   ", "\0\0"])
def test_what_a_camera_writes_into_an_empty_field_says_nothing(tmp_path: Path, empty: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = empty

    assert said(picture(tmp_path / "a.jpg", exif=exif)) == {}


HOSTILE = {
    "not XML": b"<x:xmpmeta",
    "entities": b'<!DOCTYPE a [<!ENTITY b "cc">]>' + XMP.encode(),
    "endless": XMP.encode().replace(b"At sea", b"x" * MAX_XMP_BYTES),
}


@pytest.mark.parametrize("packet", HOSTILE.values(), ids=HOSTILE)
def test_xmp_that_is_nonsense_or_hostile_says_nothing(tmp_path: Path, packet: bytes) -> None:
    assert said(picture(tmp_path / "a.webp", xmp=packet)) == {}


def test_what_is_no_picture_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"no picture")

    with pytest.raises(Trouble):
        description_of(str(tmp_path / "a.jpg"))
    assert described(str(tmp_path / "a.jpg")) is None
