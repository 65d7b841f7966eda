"""Metadata that copies alone have: told in every run, and moved by ExifTool where the user asks for it."""

import subprocess
from pathlib import Path

import pytest

from py_image_dedup.demo.scenes import photograph
from tests.support.cli import CommandLine
from tests.support.tree import read_tree

RULES = {"PY_IMAGE_DEDUP_DEDUPLICATION_PRIORITIZATION_RULES": "higher-pixel-count,bigger-file-size"}
MERGE = {"PY_IMAGE_DEDUP_DEDUPLICATION_MERGE_METADATA": "true", **RULES}
POSITION = ("-GPSLatitude=43.5", "-GPSLatitudeRef=N", "-GPSLongitude=1.25", "-GPSLongitudeRef=W")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    scene = photograph(3, 1)
    scene.save(folder / "large.jpg", quality=95)
    scene.resize((scene.width // 2, scene.height // 2)).save(folder / "small.jpg", quality=80)
    tell = ("exiftool", "-q", "-overwrite_original")
    subprocess.run([*tell, *POSITION, "-XMP-dc:Subject=sea", "-XMP-xmp:Rating=4", folder / "small.jpg"], check=True)
    subprocess.run([*tell, "-XMP-dc:Subject=boat", folder / "large.jpg"], check=True)
    return folder


def told_by_exiftool(path: Path) -> str:
    asked = ["exiftool", "-s3", "-n", "-GPSLatitude", "-Rating", "-Subject", path]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout


def test_what_would_be_lost_is_told(command_line: CommandLine, library: Path) -> None:
    told = command_line.run("deduplicate", library, **RULES).out
    ended = command_line.run("deduplicate", "--json", library, **RULES)

    (group,) = ended.json["groups"]
    assert [(Path(m["path"]).name, m["loses"]) for m in group["members"]] == [
        ("large.jpg", []),
        ("small.jpg", ["position", "keywords", "rating"]),
    ]
    assert "the file that stays lacks its position, keywords, rating" in told


def test_it_is_moved_into_the_file_that_stays_and_undo_takes_it_back_to_the_byte(
    command_line: CommandLine, library: Path
) -> None:
    before, changed_ns = read_tree(library), (library / "large.jpg").stat().st_mtime_ns

    ended = command_line.run("deduplicate", "--no-dry-run", library, **MERGE)

    assert ended.status == 0
    assert "into the file that stays: position, keywords, rating" in ended.out
    assert told_by_exiftool(library / "large.jpg").split("\n") == ["43.5", "4", "boat, sea", ""]
    assert (library / "large.jpg").stat().st_mtime_ns == changed_ns
    assert command_line.run("check", library).status == 0
    assert command_line.run("undo", "last").status == 0
    assert read_tree(library) == before


def test_without_exiftool_the_run_is_refused_and_says_how_to_get_it(command_line: CommandLine, library: Path) -> None:
    before = read_tree(library)

    ended = command_line.run("deduplicate", "--no-dry-run", library, **{**MERGE, "PATH": "/nonexistent"})

    assert ended.status == 2
    assert "apt install libimage-exiftool-perl" in ended.err
    assert read_tree(library) == before
