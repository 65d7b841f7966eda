"""The type of a picture comes from its content."""

import pytest

from py_image_dedup.analysis.sniff import PictureType, Reader, sniff
from py_image_dedup.analysis.trouble import Trouble
from py_image_dedup.model.images import UnreadableKind
from tests.support.drawn import drawn, encoded

TIFF_HEAD = b"II*\x00\x08\x00\x00\x00\x00\x00"
DNG_HEAD = (
    b"II*\x00\x08\x00\x00\x00\x01\x00" + (50706).to_bytes(2, "little") + b"\x01\x00\x04\x00\x00\x00\x01\x04\x00\x00"
)


@pytest.mark.parametrize(
    ("format_", "name"),
    [
        *(
            (name, name)
            for name in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000", "PPM", "ICO", "QOI")
        ),
        ("TGA", "TGA"),
    ],
)
def test_what_pillow_writes_is_known_by_its_content(format_: str, name: str) -> None:
    suffix = ".tga" if format_ == "TGA" else ".jpg"

    assert sniff(encoded(drawn(), format_), "x" + suffix) == PictureType(name)


@pytest.mark.parametrize(
    ("head", "path", "expected"),
    [
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "a.jpg", PictureType("HEIF", Reader.HEIF)),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1avif", "a", PictureType("AVIF")),
        (b"\x00\x00\x00\x18ftypcrx \x00\x00\x00\x01crx isom", "a", PictureType("CR3", Reader.RAW)),
        (b"\xff\x0a\x00\x00", "a", PictureType("JXL", Reader.JXL)),
        (b"II*\x00\x10\x00\x00\x00CR\x02\x00", "a.tif", PictureType("CR2", Reader.RAW)),
        (DNG_HEAD, "a.tif", PictureType("DNG", Reader.RAW)),
        (TIFF_HEAD, "a.NEF", PictureType("NEF", Reader.RAW)),
        (TIFF_HEAD, "a.tif", PictureType("TIFF")),
        (b"IIRO\x08\x00", "a", PictureType("ORF", Reader.RAW)),
        (b"FUJIFILMCCD-RAW 0201", "a", PictureType("RAF", Reader.RAW)),
        (b"\xff\xd8\xff\xe1", "a.nef", PictureType("JPEG")),
    ],
)
def test_raw_and_container_formats_go_to_their_own_reader(head: bytes, path: str, expected: PictureType) -> None:
    assert sniff(head, path) == expected


@pytest.mark.parametrize(
    "head",
    [
        b"%PDF-1.7",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"\xc5\xd0\xd3\xc6",
        b"8BPS\x00\x01",
        b"\xd7\xcd\xc6\x9a",
        b"<svg xmlns='x'>",
        b"<?xml version='1.0'?>\n<!-- drawn --><svg>",
        b"DDS |",
        b"v/1\x01",
        b"icns",
        b"SIMPLE  =",
    ],
)
def test_documents_and_programs_are_refused_whatever_they_are_called(head: bytes) -> None:
    with pytest.raises(Trouble) as caught:
        sniff(head.ljust(64, b" "), "holiday.jpg")

    assert caught.value.kind is UnreadableKind.FORMAT_REFUSED


@pytest.mark.parametrize(
    "head", [b"", b"hello", b"BM is a word", b"P1xel", b"\x00\x00\x00\x18ftypisom", b"RIFF1234WAVE"]
)
def test_anything_else_is_no_picture(head: bytes) -> None:
    with pytest.raises(Trouble) as caught:
        sniff(head, "holiday.tga")

    assert caught.value.kind is UnreadableKind.NOT_A_PICTURE
