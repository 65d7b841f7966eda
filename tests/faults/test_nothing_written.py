"""A dry run and `analyse` change nothing below the roots: no call that could, in any mix of flags and settings."""

import itertools
import os
import shutil
import sys
from pathlib import Path

import pytest

from py_image_dedup.demo.library import make_library
from py_image_dedup.model.places import QUARANTINE_NAME
from tests.support.amounts import NIGHTLY, amount
from tests.support.cli import COMMAND, CommandLine
from tests.support.system_calls import NOWHERE, Change, Traced, traced
from tests.support.tree import AWKWARD_NAMES

CHANGES_OF_EVERY_KIND = r"""
import os, sys
root = sys.argv[1]
os.chdir(root)
below = os.open("new\n\"<folder>", os.O_RDONLY) if not os.mkdir("new\n\"<folder>") else 0
open(f"{root}/written", "wb").close()
os.close(os.open("plain", os.O_RDONLY))
os.close(os.open("into", os.O_WRONLY | os.O_CREAT, dir_fd=below))
os.rename("into", "moved", src_dir_fd=below, dst_dir_fd=below)
os.link(f"{root}/written", f"{root}/linked")
os.symlink("anywhere", f"{root}/symlinked")
os.mkfifo(f"{root}/fifo")
os.truncate(f"{root}/written", 3)
os.chmod(f"{root}/written", 0o600)
os.utime(f"{root}/written", (1, 1))
for name in ("linked", "symlinked", "fifo"):
    os.unlink(f"{root}/{name}")
try:
    os.setxattr(f"{root}/written", "user.any", b"1")
except OSError:
    pass
os.unlink("moved", dir_fd=below)
os.rmdir("new\n\"<folder>")
"""

SMALL = ("2023 Summer/IMG_0001.jpg", "2023 Summer/IMG_0001 copy.jpg", "Upload/photo-1.jpg", "Phone backup/IMG_0011.jpg")
COMMANDS = (
    ("deduplicate", "--dry-run"),
    ("deduplicate", "-dr", "--no-dry-run", "--json"),
    ("deduplicate", "-sap", "-dr", "--relations", "same-bytes,turned"),
    ("deduplicate",),
    ("analyse",),
    ("analyse", "--json"),
)
SETTINGS = (
    {},
    {"REMOVE_EMPTY_FOLDERS": "true"},
    {"REMOVE_EMPTY_FOLDERS": "true", "DEDUPLICATION_DUPLICATES_TARGET_DIRECTORY": "target"},
    {"DEDUPLICATION_DUPLICATES_TARGET_DIRECTORY": "pictures/target"},
    {"ANALYSIS_RECURSIVE": "false", "ANALYSIS_THREADS": "1"},
    {"ANALYSIS_ACROSS_DIRS": "false", "ANALYSIS_FILE_EXTENSIONS": ".jpg"},
    {"STORE": "memory", "ANALYSIS_THREADS": "1"},
    {"ANALYSIS_SIGNATURES": "true", "ANALYSIS_EXCLUSIONS": ".*copy.*"},
    {"DEDUPLICATION_MAX_FILE_MODIFICATION_TIME_DIFF": "1h", "ANALYSIS_USE_EXIF_DATA": "false"},
    {"DEDUPLICATION_MERGE_METADATA": "true"},
)
PAIRS = [{**one, **other} for one, other in itertools.combinations(SETTINGS, 2)]  # 45
MIXES = list(itertools.product(COMMANDS, [*SETTINGS, *(PAIRS if NIGHTLY else ())]))
assert len(MIXES) >= amount(ci=50, nightly=200)


class Place:
    """A folder with pictures, a target, and a state of their own."""

    def __init__(self, folder: Path, library: Path) -> None:
        self.pictures = folder / "pictures"
        self.target = folder / "target"
        self.command_line = CommandLine(folder / "home")
        self.command_line.home.mkdir()
        for name in SMALL:
            (self.pictures / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(library / name, self.pictures / name)
        self._make_awkward()
        self.target.mkdir()
        (self.pictures / "target").mkdir()
        self.report = folder / "strace.txt"

    def _make_awkward(self) -> None:
        content = (self.pictures / SMALL[0]).read_bytes()
        (self.pictures / "only copies").mkdir()
        for name in AWKWARD_NAMES[:6]:
            (self.pictures / "only copies" / name).write_bytes(content)

    def traced(self, arguments: tuple[str, ...], settings: dict[str, str]) -> Traced:
        folders = {"target": str(self.target), "pictures/target": str(self.pictures / "target")}
        environment = {f"PY_IMAGE_DEDUP_{key}": folders.get(value, value) for key, value in settings.items()}
        command = [*COMMAND, *arguments, str(self.pictures)]
        return traced(command, self.report, self.command_line.home, {**self.command_line.environment, **environment})


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "Pictures"
    make_library(str(folder), 1)
    return folder


@pytest.fixture(scope="module")
def used_place(tmp_path_factory: pytest.TempPathFactory, library: Path) -> Place:
    """A library with a quarantine below it and a journal of a run in the state."""
    place = Place(tmp_path_factory.mktemp("used"), library)
    place.command_line.run("deduplicate", "--no-dry-run", "--relations", "same-bytes", place.pictures)
    assert any(QUARANTINE_NAME in folders for _, folders, _ in os.walk(place.pictures))
    return place


@pytest.fixture
def fresh_place(tmp_path: Path, library: Path) -> Place:
    return Place(tmp_path, library)


@pytest.mark.parametrize(("arguments", "settings"), MIXES)
def test_no_call_changes_anything_below_the_roots(
    used_place: Place, arguments: tuple[str, ...], settings: dict[str, str]
) -> None:
    ended = used_place.traced(arguments, settings)

    assert ended.status in {0, 3}
    assert ended.calls > 100, "strace saw too little"
    assert ended.changes_below(used_place.pictures, used_place.target) == []


@pytest.mark.parametrize("arguments", [("deduplicate", "--dry-run"), ("analyse",)])
def test_nor_does_the_first_run_that_reads_and_compares_everything(
    fresh_place: Place, arguments: tuple[str, ...]
) -> None:
    ended = fresh_place.traced(arguments, {"REMOVE_EMPTY_FOLDERS": "true"})

    assert ended.status == 3
    assert ended.changes_below(fresh_place.pictures, fresh_place.target) == []
    assert ended.changes_below(fresh_place.command_line.home)


def test_a_real_run_is_seen_to_change_something(fresh_place: Place) -> None:
    ended = fresh_place.traced(("deduplicate", "--no-dry-run"), {"REMOVE_EMPTY_FOLDERS": "true"})

    calls = {change.call for change in ended.changes_below(fresh_place.pictures)}

    assert calls & {"rename", "renameat", "renameat2"}
    assert calls & {"unlinkat", "rmdir"}
    assert calls & {"mkdir", "mkdirat"}


def test_changes_of_every_kind_are_caught(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "plain").write_bytes(b"")

    found = traced(
        [sys.executable, "-c", CHANGES_OF_EVERY_KIND, str(root)], tmp_path / "report", tmp_path, os.environ
    ).changes_below(root)

    inside = f'{root}/new\n"<folder>'
    assert [c for c in found if c.call in {"open", "openat"}] == [
        Change("openat", (f"{root}/written", f"{root}/written")),
        Change("openat", (f"{inside}/into", f"{inside}/into")),
    ]
    kinds = ("mkdir", "rename", "link", "symlink", "mknod", "truncate", "chmod", "utime", "unlink", "setxattr", "rmdir")
    assert [kind for kind in kinds if not any(c.call.startswith(kind) for c in found)] in ([], ["rmdir"])
    assert any(c.call.startswith("rename") and c.paths == (f"{inside}/into", f"{inside}/moved") for c in found)
    assert all("plain" not in path for c in found for path in c.paths)


def test_a_path_that_cannot_be_told_counts_as_below_the_roots(tmp_path: Path) -> None:
    assert Change("mkdir", (f"{NOWHERE}/any",)).touches([str(tmp_path)])
    assert not Change("mkdir", (f"{tmp_path}2/any",)).touches([str(tmp_path)])
