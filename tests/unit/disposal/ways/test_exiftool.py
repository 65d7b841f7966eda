"""ExifTool itself: what a copy alone says is in the new content, what the file says stays, the picture is the same."""

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from py_image_dedup.analysis.descriptions import described, pixels_digest
from py_image_dedup.disposal.volume.held import Refusal
from py_image_dedup.disposal.ways.exiftool import ExifTool, Source
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
)

TAGS = (
    *("-GPSLatitude=43.5", "-GPSLatitudeRef=N", "-GPSLongitude=1.25", "-GPSLongitudeRef=W", "-Make=Canon"),
    *("-Model=Canon EOS 5D", "-DateTimeOriginal=2020:01:02 03:04:05", "-XMP-dc:Description=Caf\u00e9 at sea"),
    *("-XMP-dc:Subject=sea", "-XMP-dc:Subject=sun", "-IPTC:Keywords=wind", "-XMP-xmp:Rating=4", "-IFD0:Artist=Ann"),
    "-IFD0:Copyright=Ann 2020",
)


def picture(path: Path, *tags: str) -> str:
    Image.effect_mandelbrot((60, 40), (-2, -1.5, 1, 1.5), 50).convert("RGB").save(path)
    if tags:
        subprocess.run(["exiftool", "-q", "-overwrite_original", *tags, path], check=True)
    return str(path)


@pytest.fixture
def tool() -> ExifTool:
    return ExifTool(described, pixels_digest)


@pytest.fixture
def copy(tmp_path: Path) -> str:
    return picture(tmp_path / "copy.jpg", *TAGS)


@pytest.fixture
def opened() -> Iterator[partial[int]]:
    descriptors: list[int] = []

    def open_it(path: str) -> int:
        descriptors.append(os.open(path, os.O_RDONLY))
        return descriptors[-1]

    yield partial(open_it)
    for descriptor in descriptors:
        os.close(descriptor)


def said(path: str) -> dict[str, tuple[str, ...]]:
    description = described(path)
    assert description is not None
    return {one.kind: one.values for one in description.said}


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tiff"])
def test_everything_a_copy_alone_says_gets_into_the_file(
    tmp_path: Path, tool: ExifTool, copy: str, opened: partial[int], ending: str
) -> None:
    keeper, made = picture(tmp_path / f"keep.{ending}"), str(tmp_path / "made")
    sources = [Source(opened(copy), copy, KINDS)]

    Path(made).write_bytes(tool.merged(opened(keeper), keeper, sources))
    tool.verify(keeper, made, sources)

    assert said(made) | {CAPTION: ()} == said(copy) | {CAPTION: ()}
    assert said(made)[CAPTION] == ("Caf\u00e9 at sea",)
    assert set(said(copy)) == set(KINDS)


def test_what_the_file_says_stays_and_keywords_are_added(
    tmp_path: Path, tool: ExifTool, copy: str, opened: partial[int]
) -> None:
    keeper = picture(tmp_path / "keep.jpg", "-XMP-xmp:Rating=2", "-XMP-dc:Subject=boat", "-XMP-dc:Subject=sun")
    made, sources = str(tmp_path / "made"), [Source(opened(copy), copy, (KEYWORDS, RATING, POSITION))]

    Path(made).write_bytes(tool.merged(opened(keeper), keeper, sources))
    tool.verify(keeper, made, sources)

    assert said(made) == {POSITION: ("43.500000, -1.250000",), KEYWORDS: ("boat", "sun", "sea", "wind"), RATING: ("2",)}


def test_each_copy_gives_what_it_is_asked_for(tmp_path: Path, tool: ExifTool, copy: str, opened: partial[int]) -> None:
    keeper, other = picture(tmp_path / "keep.jpg"), picture(tmp_path / "other.jpg", "-IFD0:Artist=Bob", "-Rating=5")
    made = str(tmp_path / "made")
    sources = [Source(opened(copy), copy, (CAMERA, CAPTURE_TIME)), Source(opened(other), other, (AUTHOR,))]

    Path(made).write_bytes(tool.merged(opened(keeper), keeper, sources))

    assert said(made) == {CAPTURE_TIME: ("2020-01-02T03:04:05",), CAMERA: ("Canon EOS 5D",), AUTHOR: ("Bob",)}


def test_a_format_that_cannot_take_them_is_refused(
    tmp_path: Path, tool: ExifTool, copy: str, opened: partial[int]
) -> None:
    keeper = picture(tmp_path / "keep.bmp")

    with pytest.raises(Refusal, match="not supported"):
        tool.merged(opened(keeper), keeper, [Source(opened(copy), copy, (POSITION,))])


def test_nothing_to_move_is_refused(tmp_path: Path, tool: ExifTool, copy: str, opened: partial[int]) -> None:
    keeper = picture(tmp_path / "keep.jpg", "-XMP-dc:Subject=sea", "-XMP-dc:Subject=sun", "-XMP-dc:Subject=wind")

    with pytest.raises(Refusal, match="found nothing"):
        tool.merged(opened(keeper), keeper, [Source(opened(copy), copy, (KEYWORDS,))])


def test_another_picture_lost_words_and_missing_words_are_seen(tmp_path: Path, tool: ExifTool, copy: str) -> None:
    keeper = picture(tmp_path / "keep.jpg", "-XMP-xmp:Rating=2")
    plain, other = picture(tmp_path / "plain.jpg"), str(tmp_path / "other.jpg")
    Image.new("RGB", (60, 40), "red").save(other)

    for made, words in ((other, "pixels"), (plain, "does not take all"), (keeper, "does not take all")):
        with pytest.raises(Refusal, match=words):
            tool.verify(keeper, made, [Source(0, copy, (COPYRIGHT,))])


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, tool: ExifTool, copy: str, opened: partial[int]) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")

    with pytest.raises(Refusal, match="pixels"):
        tool.verify(str(broken), str(broken), [])
    with pytest.raises(Refusal, match="cannot be read"):
        tool.merged(opened(copy), str(broken), [Source(opened(copy), copy, (KEYWORDS,))])


def test_a_program_that_hangs_or_fails_silently_is_given_up(
    tmp_path: Path, copy: str, opened: partial[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = [Source(opened(copy), copy, (POSITION,))]
    nothing = ExifTool(lambda path: Description(), lambda path: b"", "true")
    with pytest.raises(Refusal, match="nothing was written"):
        nothing.merged(opened(copy), copy, sources)

    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr("py_image_dedup.disposal.ways.exiftool.TIMEOUT_S", 0.1)
    with pytest.raises(Refusal, match="took too long"):
        ExifTool(described, pixels_digest, str(slow)).merged(opened(copy), copy, sources)


def test_where_it_is_not_installed_one_sentence_says_how(tool: ExifTool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tool.missing() == ""
    assert "apt install libimage-exiftool-perl" in ExifTool(described, pixels_digest, None).missing()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "works on Linux alone" in tool.missing()
