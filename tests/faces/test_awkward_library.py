"""Removal followed by undo on 2,000 files with names, times, modes and folders of every kind: all of it is back."""

import os
from collections import Counter
from pathlib import Path

from PIL import Image

from tests.support.cli import CommandLine
from tests.support.drawn import drawn, encoded
from tests.support.libraries import leftovers, snapshot
from tests.support.tree import AWKWARD_NAMES

FOLDERS = 100
PICTURES = 400  # each stands in five files
FOLDER_NAMES = (
    "2020",
    " with space ",
    "new\nline",
    os.fsdecode(b"latin-\xe9"),
    "-rf",
    "e\u0301",
    "\xe9" * 100,
    "a'b\"c",
)
MODES = (0o644, 0o600, 0o444, 0o640, 0o755, 0o400)
FOLDER_MODES = (0o755, 0o700, 0o750, 0o2755)
SECOND_NS = 1_000_000_000


def picture(number: int) -> Image.Image:
    return drawn(number, 96 + number % 7, 72 + number % 5)


def make_awkward_library(root: Path) -> None:
    """Every fifth file of a picture is saved again, the others are the same bytes."""
    contents = [encoded(picture(number), "JPEG", quality=90) for number in range(PICTURES)]
    resaved = [encoded(picture(number), "JPEG", quality=80) for number in range(PICTURES)]
    numbers = Counter[int]()
    for folder in range(FOLDERS):
        below = root / FOLDER_NAMES[folder % len(FOLDER_NAMES)] / f"{folder}" / FOLDER_NAMES[folder % 3]
        below.mkdir(parents=True)
        for name in AWKWARD_NAMES:
            number = numbers.total() % PICTURES
            numbers[number] += 1
            source = resaved if numbers[number] == 2 else contents
            write(below / name, source[number], numbers.total())
        below.chmod(FOLDER_MODES[folder % len(FOLDER_MODES)])
        os.utime(below, ns=(0, folder * SECOND_NS + 7))
    (root / "was empty before").mkdir()


def write(path: Path, content: bytes, number: int) -> None:
    path.write_bytes(content)
    path.chmod(MODES[number % len(MODES)])
    # Nanoseconds and years before 1970 count; the later files are the older ones, so that whole folders of copies go.
    os.utime(path, ns=(number, (1000 - number) * 1_000_000 * SECOND_NS + number))


def test_what_was_removed_from_an_awkward_library_is_all_back(command_line: CommandLine, tmp_path: Path) -> None:
    root = tmp_path / "Pictures"
    make_awkward_library(root)
    before = snapshot(str(root))
    assert sum(entry.kind == "file" for entry in before.values()) == 2000

    acted = command_line.run(
        *("deduplicate", "--no-dry-run", "--json", root),
        PY_IMAGE_DEDUP_REMOVE_EMPTY_FOLDERS="true",
        PY_IMAGE_DEDUP_DEDUPLICATION_MAX_FILES="2000",
        PY_IMAGE_DEDUP_DEDUPLICATION_MAX_SHARE="100%",
    )
    counts = acted.json["counts"]
    between = snapshot(str(root))
    undone = command_line.run("undo", "last")

    assert acted.status == 0
    assert counts["removed"] == 2000 - PICTURES
    assert counts["folders_removed"] >= FOLDERS // 2
    assert sum(entry.kind == "file" for entry in between.values()) == PICTURES
    assert str(root / "was empty before") in between
    assert undone.status == 0, undone.out[-2000:]
    assert difference(before, snapshot(str(root))) == {}
    assert leftovers(str(root)) == []


def difference(before: dict[str, object], after: dict[str, object]) -> dict[str, tuple[object, object]]:
    """What is not as before, by path."""
    return {
        path: (before.get(path), after.get(path))
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path)
    }
