"""One file becomes one record, or a reason why not."""

import hashlib
import os
import struct
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from py_image_dedup.analysis import analyse
from py_image_dedup.analysis.analyse import analyse_file, record_soundness
from py_image_dedup.analysis.decode import oriented, read_pixels
from py_image_dedup.analysis.fingerprints.method import registered
from py_image_dedup.analysis.whole import pixel_digest
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import DETAIL_FLOOR, ImageRecord, Unreadable, UnreadableKind
from tests.support.drawn import drawn, drawn_pixels, encoded, written

METHODS = ("pdq", "pixels")


def record(file: ImageFile, methods: tuple[str, ...] = METHODS) -> ImageRecord:
    found = analyse_file(file, methods)
    assert isinstance(found, ImageRecord), found
    return found


def refusal(file: ImageFile) -> Unreadable:
    found = analyse_file(file, METHODS)
    assert isinstance(found, Unreadable), found
    return found


def test_a_record_holds_identity_facts_and_fingerprints(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    data = encoded(drawn(), "JPEG", quality=83, exif=exif)
    found = record(written(tmp_path, "a.jpg", data))

    assert found.sha256 == hashlib.sha256(data).digest()
    assert (found.facts.width, found.facts.height, found.facts.orientation) == (200, 300, 6)
    assert (found.facts.format, found.facts.mode, found.facts.frames) == ("JPEG", "RGB", 1)
    assert (found.facts.jpeg_quality, found.facts.camera, found.facts.exif_entries) == (83, "Maker", 2)
    assert found.facts.detail > DETAIL_FLOOR
    assert [(f.method, f.version, len(f.value)) for f in found.fingerprints] == [("pdq", 1, 257)]


@pytest.mark.parametrize("format_", ["GIF", "PNG", "WEBP", "TIFF", "AVIF", "MPO"])
def test_frames_are_counted(tmp_path: Path, format_: str) -> None:
    data = encoded(drawn(1), format_, save_all=True, append_images=[drawn(2), drawn(3)])

    assert record(written(tmp_path, "a", data)).facts.frames == 3


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["PNG", "TIFF", "WEBP"])
def test_size_is_that_of_the_picture_as_shown(tmp_path: Path, format_: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    facts = record(written(tmp_path, "a", encoded(drawn(), format_, exif=exif))).facts

    assert (facts.width, facts.height) == ((300, 200) if orientation < 5 else (200, 300))
    assert facts.orientation == orientation


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_eight_hashes_are_those_of_the_turned_pictures(tmp_path: Path, orientation: int) -> None:
    """Stored turned and without loss: exact, or a bit or two where a coefficient lies on the median."""
    upright = record(written(tmp_path, "a", encoded(drawn(), "PNG"))).fingerprints[0].value
    turned = Image.fromarray(oriented(drawn_pixels(), orientation))
    first = record(written(tmp_path, "b", encoded(turned, "PNG"))).fingerprints[0].value[:32]
    expected = upright[32 * (orientation - 1) : 32 * orientation]

    assert (int.from_bytes(first, "big") ^ int.from_bytes(expected, "big")).bit_count() <= 2


def test_a_picture_without_detail_gets_the_digest_of_its_pixels(tmp_path: Path) -> None:
    found = record(written(tmp_path, "a.png", encoded(Image.new("RGB", (300, 200), "navy"), "PNG")))
    digest = found.fingerprint("pixels")

    assert found.facts.detail < DETAIL_FLOOR
    assert digest is not None
    assert digest.value == pixel_digest(found.file.path)


def test_the_image_match_signature_is_made_on_request(tmp_path: Path) -> None:
    found = record(written(tmp_path, "a.png", encoded(drawn(), "PNG")), ("image-match",))

    assert [(f.method, len(f.value)) for f in found.fingerprints] == [("image-match", 648)]


def test_a_file_that_was_changed_since_the_walk_is_not_recorded(tmp_path: Path) -> None:
    file = written(tmp_path, "a.png", encoded(drawn(), "PNG"))

    for other in ({"size": 1}, {"mtime_ns": 1}, {"inode": 1}, {"device": 1}):
        assert refusal(replace(file, **other)).kind is UnreadableKind.CHANGED  # type: ignore[arg-type]


def test_a_file_that_is_replaced_while_it_is_read_is_not_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, "a.png", encoded(drawn(), "PNG"))
    read = analyse.read_content

    def read_and_replace(path: str) -> object:
        content = read(path)
        os.replace(written(tmp_path, "b.png", encoded(drawn(2), "PNG")).path, path)
        return content

    monkeypatch.setattr(analyse, "read_content", read_and_replace)
    assert refusal(file).kind is UnreadableKind.CHANGED


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.jpg", b"no picture", UnreadableKind.NOT_A_PICTURE),
        ("a.jpg", b"%PDF-1.4", UnreadableKind.FORMAT_REFUSED),
        ("a.jpg", encoded(drawn(), "JPEG")[:3000], UnreadableKind.DAMAGED),
        ("a.png", encoded(drawn(), "PNG")[:3000], UnreadableKind.DAMAGED),
        ("a.png", encoded(drawn(), "PNG")[:20], UnreadableKind.DAMAGED),
    ],
)
def test_each_trouble_has_its_kind(tmp_path: Path, name: str, data: bytes, kind: UnreadableKind) -> None:
    found = refusal(written(tmp_path, name, data))

    assert found.kind is kind
    assert "0x" not in found.reason


@pytest.mark.parametrize(
    ("head", "module", "extra"),
    [
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "pillow_heif", "heif"),
        (b"\xff\x0a", "pillow_jxl", "jxl"),
        (b"FUJIFILMCCD-RAW 0201", "rawpy", "raw"),
    ],
)
def test_a_missing_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: bytes, module: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    found = refusal(written(tmp_path, "a", head))

    assert found.kind is UnreadableKind.MISSING_EXTRA
    assert f"pip install 'py-image-dedup[{extra}]'" in found.reason


def test_soundness_of_a_record_is_that_of_the_content_it_was_made_from(tmp_path: Path) -> None:
    whole = record(written(tmp_path, "a.jpg", encoded(drawn(), "JPEG")))
    assert record_soundness(whole) is None

    written(tmp_path, "a.jpg", encoded(drawn(2), "JPEG"))
    assert "changed" in (record_soundness(whole) or "")
    os.unlink(whole.file.path)
    assert "gone" in (record_soundness(whole) or "")


def dng(width: int = 640, height: int = 480) -> bytes:
    """The smallest DNG that LibRaw develops: 16-bit RGGB, uncompressed, one strip."""
    unit = [1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1]
    tags = [
        (254, 4, [0]), (256, 4, [width]), (257, 4, [height]), (258, 3, [16]), (259, 3, [1]), (262, 3, [32803]),
        (271, 2, b"Maker\0"), (272, 2, b"Model\0"), (273, 4, [0]), (274, 3, [1]), (277, 3, [1]), (278, 4, [height]),
        (279, 4, [width * height * 2]), (33421, 3, [2, 2]), (33422, 1, bytes([0, 1, 1, 2])),
        (50706, 1, bytes([1, 4, 0, 0])), (50708, 2, b"Maker Model\0"), (50717, 4, [65535]), (50721, 10, unit),
        (50728, 5, [1, 1, 1, 1, 1, 1]), (50778, 3, [21]),
    ]  # fmt: skip
    codes = {1: "B", 2: "s", 3: "H", 4: "I", 5: "I", 10: "i"}
    values = {}
    for tag, kind, value in tags:
        packed = value if isinstance(value, bytes) else struct.pack(f"<{len(value)}{codes[kind]}", *value)
        values[tag] = (kind, len(value) // (2 if kind in (5, 10) else 1), packed)
    data_at = 8 + 2 + 12 * len(tags) + 4
    extra_at = data_at + sum(len(packed) for _, _, packed in values.values())
    directory, tail = struct.pack("<H", len(tags)), b""
    for tag, (kind, count, packed) in values.items():
        packed = struct.pack("<I", extra_at) if tag == 273 else packed
        place = packed.ljust(4, b"\0") if len(packed) <= 4 else struct.pack("<I", data_at + len(tail))
        tail += packed if len(packed) > 4 else b""
        directory += struct.pack("<HHI", tag, kind, count) + place
    sensor = np.repeat(np.repeat(np.asarray(drawn(width=width // 2, height=height // 2).convert("L")), 2, 0), 2, 1)
    header = b"II*\0" + struct.pack("<I", 8) + directory + struct.pack("<I", 0) + tail
    return header.ljust(extra_at, b"\0") + (sensor.astype("<u2") * 257).tobytes()


def test_camera_raw_is_developed_from_the_sensor_and_not_taken_from_the_preview(tmp_path: Path) -> None:
    found = record(written(tmp_path, "a.tif", dng()))

    assert (found.facts.format, found.facts.width, found.facts.height) == ("DNG", 640, 480)
    assert found.facts.camera == "Maker Model"
    assert found.facts.detail > DETAIL_FLOOR
    assert read_pixels(found.file.path, 200).shape == (150, 200, 3)
    assert record_soundness(found) is None
    assert len(pixel_digest(found.file.path)) == 32


def test_camera_raw_that_is_cut_off_is_damaged(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, "a.dng", dng()[:50_000])).kind is UnreadableKind.DAMAGED


def test_a_jpeg_with_the_name_of_a_raw_is_a_jpeg(tmp_path: Path) -> None:
    assert record(written(tmp_path, "a.nef", encoded(drawn(), "JPEG"))).facts.format == "JPEG"


def test_every_registered_method_can_be_asked_for(tmp_path: Path) -> None:
    found = record(written(tmp_path, "a.png", encoded(drawn(), "PNG")), tuple(registered()))

    assert {"image-match", "pdq", "pixels"} <= registered().keys()
    assert {f.method for f in found.fingerprints} == registered().keys() - {"pixels"}
