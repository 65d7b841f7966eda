"""Bombs and fuzzed files: each is answered, nothing grows beyond its bounds."""

import os
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from py_image_dedup.analysis.file_analyser import FileAnalyser
from py_image_dedup.analysis.limits import AnalysisLimits
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import Analysed, ImageRecord, Unreadable, UnreadableKind
from tests.support.drawn import drawn, encoded, image_file, written
from tests.support.memory import descendants, proportional_kib
from tests.support.shared import SHARED

LIMITS = AnalysisLimits(timeout_s=20, memory_bytes=1 << 30, max_pixels=50_000_000)


def png_bomb(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1 << 20))) + chunk(b"IEND", b"")


def patched(format_: str, old: tuple[int, int], new: tuple[int, int], layout: str) -> bytes:
    """A small picture whose header claims another size."""
    data = encoded(Image.new("RGB", old), format_)
    before, after = struct.pack(layout, *old), struct.pack(layout, *new)
    assert before in data
    return data.replace(before, after, 1)


BOMBS = {
    "png": png_bomb(60_000, 60_000),
    "jpeg": patched("JPEG", (140, 140), (65_000, 65_000), ">HH"),
    "bmp": patched("BMP", (140, 140), (40_000, 40_000), "<ii"),
    "gif": patched("GIF", (140, 140), (65_000, 65_000), "<HH"),
    "tga": patched("TGA", (140, 140), (65_000, 65_000), "<HH"),
    "qoi": patched("QOI", (140, 140), (65_000, 65_000), ">II"),
    "ppm": b"P6 60000 60000 255\n" + bytes(1000),
    "tiff": encoded(Image.new("1", (20_000, 20_000)), "TIFF", compression="group4"),
    "webp": encoded(Image.new("L", (12_000, 12_000)), "WEBP", lossless=True, method=0),
    "avif": encoded(Image.new("L", (9_000, 9_000)), "AVIF", speed=10),
    "jp2": encoded(Image.new("L", (9_000, 9_000)), "JPEG2000"),
}


def analysed(files: list[ImageFile], limits: AnalysisLimits = LIMITS) -> dict[str, Analysed]:
    results = list(FileAnalyser(2, limits).analyse(files))
    assert len(results) == len(files)
    return {os.path.basename(result.file.path): result for result in results}


def test_bombs_of_every_format_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    found = analysed([written(tmp_path, f"bomb.{name}", data) for name, data in BOMBS.items()])

    assert {name: isinstance(a, Unreadable) and a.kind for name, a in found.items()} == {
        f"bomb.{name}": UnreadableKind.TOO_LARGE for name in BOMBS
    }


def test_a_picture_that_needs_more_memory_than_allowed_costs_itself(tmp_path: Path) -> None:
    files = [
        written(tmp_path, "large.png", encoded(Image.new("RGB", (12_000, 12_000)), "PNG", compress_level=1)),
        *(written(tmp_path, f"{n}.png", encoded(drawn(n), "PNG")) for n in range(3)),
    ]
    found = analysed(files, AnalysisLimits(timeout_s=20, memory_bytes=700 << 20))

    large = found.pop("large.png")
    assert isinstance(large, Unreadable)
    assert large.kind is UnreadableKind.OUT_OF_MEMORY
    assert all(isinstance(result, ImageRecord) for result in found.values())


def test_metadata_of_a_hundred_megabytes_is_not_taken_in(tmp_path: Path) -> None:
    plain = encoded(drawn(), "PNG")
    text = zlib.compress(bytes(200 << 20))
    body = b"XML:com.adobe.xmp\0\1\0\0\0" + text
    chunk = struct.pack(">I", len(body)) + b"iTXt" + body + struct.pack(">I", zlib.crc32(b"iTXt" + body))
    found = analysed([written(tmp_path, "a.png", plain[:33] + chunk + plain[33:])])["a.png"]

    assert isinstance(found, ImageRecord) or found.kind in (UnreadableKind.DAMAGED, UnreadableKind.TOO_LARGE)


def test_a_gif_of_very_many_frames_is_bounded_by_time(tmp_path: Path) -> None:
    frame = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"
    data = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff" + frame * 1_000_000 + b"\x3b"
    began = time.monotonic()
    found = analysed([written(tmp_path, "a.gif", data)], AnalysisLimits(timeout_s=3))["a.gif"]

    assert time.monotonic() - began < 15
    assert isinstance(found, ImageRecord) or found.kind is UnreadableKind.TIMEOUT


def mutations(data: bytes) -> Iterator[bytes]:
    for at in range(2, min(len(data), 400), 7):
        yield data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


@pytest.mark.parametrize(
    "format_", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "JPEG2000", "HEIF", "JXL", "ICO"]
)
def test_headers_with_flipped_bytes_are_each_answered_without_a_crash(tmp_path: Path, format_: str) -> None:
    data = encoded(drawn(width=48, height=40), format_)
    files = [written(tmp_path, f"{n}.x", bad) for n, bad in enumerate(mutations(data))]
    kinds = {a.kind for a in analysed(files).values() if isinstance(a, Unreadable)}

    assert kinds <= {
        UnreadableKind.DAMAGED,
        UnreadableKind.NOT_A_PICTURE,
        UnreadableKind.TOO_LARGE,
        UnreadableKind.OUT_OF_MEMORY,
    }


SHARED_FILES = sorted(path for path in (SHARED / "photos").rglob("*") if path.is_file())


@pytest.mark.skipif(not SHARED_FILES, reason="the shared pictures are not beside the repository")
def test_every_shared_file_is_accounted_for_by_the_analysis_and_the_complete_decode() -> None:
    analyser = FileAnalyser(2, AnalysisLimits())
    found = list(analyser.analyse(image_file(path) for path in SHARED_FILES))
    records = [result for result in found if isinstance(result, ImageRecord)]
    sound = {os.path.basename(r.file.path): reason for r, reason in analyser.sound(records)}

    assert sorted(r.file.path for r in found) == [str(path) for path in SHARED_FILES]
    assert {r.kind for r in found if isinstance(r, Unreadable)} <= {
        UnreadableKind.NOT_A_PICTURE,
        UnreadableKind.DAMAGED,
    }
    assert [
        r for r in found if isinstance(r, Unreadable) and "/fuzzed/" not in r.file.path and "README" not in r.file.path
    ] == []
    assert {name for name, reason in sound.items() if reason is not None} == {"jpg_corrupted.jpg"}


@pytest.mark.skipif(not SHARED_FILES, reason="the shared pictures are not beside the repository")
def test_two_workers_and_their_parent_stay_below_700_megabytes() -> None:
    highest = 0
    for n, _ in enumerate(FileAnalyser(2, AnalysisLimits()).analyse(image_file(path) for path in SHARED_FILES)):
        if n % 20:
            continue
        highest = max(highest, sum(map(proportional_kib, descendants(os.getpid()))))

    assert 50_000 < highest < 500_000, f"{highest} KiB in the workers"


def test_the_parent_loads_no_picture_library() -> None:

    code = (
        "import sys; from py_image_dedup.analysis.file_analyser import FileAnalyser; "
        "from py_image_dedup.analysis.limits import AnalysisLimits; "
        "a = FileAnalyser(1, AnalysisLimits()); a.versions; list(a.analyse([])); "
        "print({'cv2', 'PIL', 'rawpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"
