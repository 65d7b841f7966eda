"""Which files a walk finds, and what it says of the others."""

import errno
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from py_image_dedup.model.files import NotWalked, PassedOver, Walk
from py_image_dedup.model.places import OWN_PREFIX, QUARANTINE_NAME
from py_image_dedup.walking.selection import Selection
from py_image_dedup.walking.walk import FolderEntry, walk
from tests.support.privileges import nobodys_folder, python_in_private_mounts, unprivileged
from tests.support.tree import (
    AWKWARD_NAMES,
    Fifo,
    Hardlink,
    Socket,
    Symlink,
    make_deep_folder,
    make_tree,
    working_directory,
    write_deep,
)

ALL = Selection()


def names(walked: Walk, root: str | os.PathLike[str]) -> list[str]:
    return [os.path.relpath(file.path, root) for file in walked.files]


def reasons(walked: Walk, root: str | os.PathLike[str]) -> dict[str, str]:
    """Why entries were passed over, by relative path; paths in the reasons made relative too."""
    return {os.path.relpath(p.path, root): p.reason.replace(f"{root}/", "") for p in walked.passed_over}


def test_files_below_all_roots_are_found_in_path_order(tmp_path: Path) -> None:
    make_tree(tmp_path, {"b/2.jpg": b"2", "a/3.jpg": b"3", "a/b/1.JPG": b"1", "a!/4.jpg": b"4"})

    walked = walk([f"{tmp_path}/b", f"{tmp_path}/a", f"{tmp_path}/a!"], ALL)

    assert names(walked, tmp_path) == ["a!/4.jpg", "a/3.jpg", "a/b/1.JPG", "b/2.jpg"]
    assert walked.roots == (f"{tmp_path}/a", f"{tmp_path}/a!", f"{tmp_path}/b")
    assert [file.root.removeprefix(f"{tmp_path}/") for file in walked.files] == ["a!", "a", "a", "b"]


def test_a_file_carries_what_lstat_says(tmp_path: Path) -> None:
    make_tree(tmp_path, {"1.jpg": b"12345", "z.gif": Hardlink("1.jpg")}, mtime_ns=1_500_000_000_123_456_789)

    (file,) = walk([str(tmp_path)], ALL).files

    status = os.lstat(f"{tmp_path}/1.jpg")
    assert (file.path, file.root) == (f"{tmp_path}/1.jpg", str(tmp_path))
    assert (file.size, file.mtime_ns, file.ctime_ns) == (5, 1_500_000_000_123_456_789, status.st_ctime_ns)
    assert (file.inode, file.device, file.links) == (status.st_ino, status.st_dev, 2)


def test_without_recursion_only_the_roots_own_files_count(tmp_path: Path) -> None:
    make_tree(tmp_path, {"1.jpg": b"1", "a/2.jpg": b"2", "a/b/3.jpg": b"3"})

    walked = walk([str(tmp_path), f"{tmp_path}/a/b"], Selection(recursive=False))

    assert names(walked, tmp_path) == ["1.jpg", "a/b/3.jpg"]


@pytest.mark.parametrize("name", AWKWARD_NAMES)
def test_every_name_comes_back_byte_for_byte(tmp_path: Path, name: str) -> None:
    make_tree(tmp_path, {f"{name}/{name}": b"x"})

    (file,) = walk([str(tmp_path)], ALL).files

    assert os.path.basename(file.path) == name
    assert os.lstat(os.fsencode(file.path)).st_ino == file.inode


def test_paths_longer_than_the_system_takes_are_walked(tmp_path: Path) -> None:
    folder = make_deep_folder(tmp_path, 60, "n" * 200)
    write_deep(folder, "1.jpg", b"1")

    (file,) = walk([str(tmp_path)], ALL).files

    assert len(os.fsencode(file.path)) > 12_000
    assert file.path == f"{folder}/1.jpg"


def test_trees_deeper_than_the_stack_are_walked(tmp_path: Path) -> None:
    folder = make_deep_folder(tmp_path, 1_500)
    write_deep(folder, "1.jpg", b"1")

    try:
        assert [file.path for file in walk([str(tmp_path)], ALL).files] == [f"{folder}/1.jpg"]
    finally:
        _remove_deep(tmp_path, 1_500)


def test_a_file_of_two_names_counts_once_under_the_first(tmp_path: Path) -> None:
    make_tree(tmp_path, {"z.jpg": b"1", "b/1.jpg": Hardlink("z.jpg"), "a.txt": Hardlink("z.jpg")})

    walked = walk([str(tmp_path)], ALL)

    assert names(walked, tmp_path) == ["b/1.jpg"]
    assert reasons(walked, tmp_path) == {"a.txt": "not a picture by its name", "z.jpg": "the same file as b/1.jpg"}


def test_links_are_not_followed(tmp_path: Path) -> None:
    make_tree(
        tmp_path,
        {
            "a/1.jpg": b"1",
            "file.jpg": Symlink("a/1.jpg"),
            "folder": Symlink("a"),
            "broken.jpg": Symlink("nowhere"),
            "a/up": Symlink(".."),
            "a/self": Symlink("self"),
        },
    )

    walked = walk([str(tmp_path)], ALL)

    assert names(walked, tmp_path) == ["a/1.jpg"]
    assert set(reasons(walked, tmp_path)) == {"a/self", "a/up", "broken.jpg", "file.jpg", "folder"}
    assert set(reasons(walked, tmp_path).values()) == {"a symbolic link"}


def test_a_root_may_be_a_link_and_keeps_its_name(tmp_path: Path) -> None:
    make_tree(tmp_path, {"real/1.jpg": b"1", "link": Symlink("real")})

    assert names(walk([f"{tmp_path}/link"], ALL), tmp_path) == ["link/1.jpg"]


def test_a_folder_given_twice_under_two_names_is_listed_once(tmp_path: Path) -> None:
    make_tree(tmp_path, {"real/1.jpg": b"1", "link": Symlink("real")})

    walked = walk([f"{tmp_path}/real/", f"{tmp_path}/link", f"{tmp_path}/real/../real"], ALL)

    assert names(walked, tmp_path) == ["link/1.jpg"]
    assert walked.passed_over == (PassedOver(f"{tmp_path}/real", f"the same folder as {tmp_path}/link"),)


def test_relative_roots_become_absolute(tmp_path: Path) -> None:
    make_tree(tmp_path, {"a/1.jpg": b"1"})

    with working_directory(tmp_path):
        walked = walk(["a", "./a"], ALL)

    assert walked.roots == (f"{tmp_path}/a",)
    assert names(walked, tmp_path) == ["a/1.jpg"]


def test_special_and_empty_files_are_passed_over_without_being_opened(tmp_path: Path) -> None:
    make_tree(tmp_path, {"fifo.jpg": Fifo(), "socket.jpg": Socket(), "empty.jpg": b"", "1.jpg": b"1"})
    started_s = time.monotonic()

    walked = walk([str(tmp_path)], ALL)

    assert names(walked, tmp_path) == ["1.jpg"]
    assert reasons(walked, tmp_path) == {"empty.jpg": "empty", "fifo.jpg": "a named pipe", "socket.jpg": "a socket"}
    assert time.monotonic() - started_s < 10


def test_a_device_is_passed_over() -> None:
    walked = walk(["/dev"], Selection(recursive=False, exclusions=(re.compile("^(?!/dev/(null|zero)$)"),)))

    assert {p.path: p.reason for p in walked.passed_over if p.path in {"/dev/null", "/dev/zero"}} == {
        "/dev/null": "a character device",
        "/dev/zero": "a character device",
    }


def test_exclusions_are_searched_in_the_absolute_path_and_come_first(tmp_path: Path) -> None:
    make_tree(tmp_path, {"a/1.jpg": b"1", "a/thumbs/2.jpg": b"2", "a/3.txt": b"3", "b/thumbs.jpg": b"4"})

    walked = walk([str(tmp_path)], Selection(exclusions=(re.compile("/thumbs/"), re.compile(r"\.txt$"))))

    assert names(walked, tmp_path) == ["a/1.jpg", "b/thumbs.jpg"]
    assert reasons(walked, tmp_path) == {"a/3.txt": r"excluded by \.txt$", "a/thumbs/2.jpg": "excluded by /thumbs/"}


def test_folders_are_entered_even_if_an_exclusion_meets_their_own_path(tmp_path: Path) -> None:
    make_tree(tmp_path, {"a/1.jpg": b"1"})

    assert names(walk([str(tmp_path)], Selection(exclusions=(re.compile("/a$"),))), tmp_path) == ["a/1.jpg"]


def test_the_last_suffix_in_lower_case_decides(tmp_path: Path) -> None:
    make_tree(tmp_path, dict.fromkeys(("1.jpg", "2.JPG", "3.jpg.png", "4.png.Jpg", "jpg", ".jpg", "5.jpeg"), b"1"))

    walked = walk([str(tmp_path)], Selection(extensions=frozenset({".jpg"})))

    assert names(walked, tmp_path) == ["1.jpg", "2.JPG", "4.png.Jpg"]
    assert reasons(walked, tmp_path)["5.jpeg"] == "not one of the extensions that count"


def test_without_extensions_all_counts_that_is_not_plainly_something_else(tmp_path: Path) -> None:
    pictures = ["1.jpg", "2.HEIC", "3.cr2", "no suffix", "4.unknown", ".hidden.jpg", "5.tif"]
    others = ["a.txt", "a.MP4", "a.json", "a.xmp", "a.pdf", ".DS_Store", "Thumbs.db", ".nomedia", "._1.jpg"]
    make_tree(tmp_path, dict.fromkeys(pictures + others, b"1"))

    walked = walk([str(tmp_path)], ALL)

    assert names(walked, tmp_path) == sorted(pictures)
    assert reasons(walked, tmp_path) == dict.fromkeys(others, "not a picture by its name")


def test_files_that_may_belong_to_a_picture_are_companions_and_passed_over(tmp_path: Path) -> None:
    beside = ["a/1.JPG.xmp", "a/1.aae", "a/1.cr2", "a/1.mov", "a/2.json", "a/empty.xmp"]
    make_tree(tmp_path, {"a/1.jpg": b"1", **dict.fromkeys(beside, b"2"), "a/1.txt": b"3", "b/1.xmp": b"4"})
    make_tree(tmp_path, {"a/empty.xmp": b"", "a/link.xmp": Symlink("1.aae")})

    walked = walk([str(tmp_path)], Selection(extensions=frozenset({".jpg"})))

    assert [os.path.relpath(c.path, tmp_path) for c in walked.companions] == beside[:-1]
    assert names(walked, tmp_path) == ["a/1.jpg"]
    assert set(beside) | {"a/1.txt", "b/1.xmp", "a/link.xmp"} == set(reasons(walked, tmp_path))


def test_an_excluded_file_is_no_companion(tmp_path: Path) -> None:
    make_tree(tmp_path, {"1.jpg": b"1", "1.mov": b"2"})

    assert walk([str(tmp_path)], Selection(exclusions=(re.compile("mov$"),))).companions == ()


def test_excluded_folders_are_known_by_identity(tmp_path: Path) -> None:
    make_tree(tmp_path, {"a/1.jpg": b"1", "dup/a/2.jpg": b"2", "link": Symlink("dup")})

    walked = walk([str(tmp_path)], Selection(excluded_directories=(f"{tmp_path}/link/", f"{tmp_path}/missing")))

    assert names(walked, tmp_path) == ["a/1.jpg"]
    assert reasons(walked, tmp_path)["dup"] == "left out of the search"


@pytest.mark.parametrize("root", ["", f"a/{QUARANTINE_NAME}", f"a/{QUARANTINE_NAME}/run"])
def test_the_quarantine_is_never_walked(tmp_path: Path, root: str) -> None:
    make_tree(tmp_path, {f"a/{QUARANTINE_NAME}/run/1.jpg": b"1", f"a/{OWN_PREFIX}part.jpg": b"2"})

    assert walk([os.path.join(tmp_path, root)], ALL).files == ()


@pytest.mark.parametrize(
    ("root", "reason"), [("missing", os.strerror(errno.ENOENT)), ("file.jpg", os.strerror(errno.ENOTDIR))]
)
def test_a_root_that_cannot_be_walked_is_told(tmp_path: Path, root: str, reason: str) -> None:
    make_tree(tmp_path, {"file.jpg": b"1"})

    walked = walk([f"{tmp_path}/{root}"], ALL)

    assert walked.not_walked == (NotWalked(f"{tmp_path}/{root}", reason),)
    assert (walked.files, walked.passed_over) == ((), ())


def test_a_folder_without_permission_is_told_and_the_rest_is_walked() -> None:
    with nobodys_folder() as folder:
        make_tree(folder, {"open/1.jpg": b"1", "shut/2.jpg": b"2", "names only/3.jpg": b"3"})
        os.chmod(f"{folder}/shut", 0)
        os.chmod(f"{folder}/names only", 0o644)
        with unprivileged():
            walked = walk([folder], ALL)

    assert names(walked, folder) == ["open/1.jpg"]
    assert walked.not_walked == (
        NotWalked(f"{folder}/names only/3.jpg", os.strerror(errno.EACCES)),
        NotWalked(f"{folder}/shut", os.strerror(errno.EACCES)),
    )


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.EACCES, errno.EMFILE])
def test_an_error_of_the_disk_costs_the_rest_of_one_folder(tmp_path: Path, number: int) -> None:
    make_tree(tmp_path, {"a/1.jpg": b"1", "a/2.jpg": b"2", "b/3.jpg": b"3"})

    walked = walk([str(tmp_path)], ALL, scan=_breaks_off(os.stat(f"{tmp_path}/a").st_ino, number))

    assert names(walked, tmp_path) == ["a/1.jpg", "b/3.jpg"]
    assert walked.not_walked == (NotWalked(f"{tmp_path}/a", os.strerror(number)),)


def test_what_vanishes_during_the_walk_is_passed_over(tmp_path: Path) -> None:
    make_tree(tmp_path, {"a/1.jpg": b"1", "b/2.jpg": b"2"})

    def scan(folder: int | str) -> list[FolderEntry]:
        entries: list[FolderEntry] = sorted(os.scandir(folder), key=lambda e: e.name)
        if [entry.name for entry in entries] == ["a", "b"]:
            os.unlink(f"{tmp_path}/b/2.jpg")
            os.rmdir(f"{tmp_path}/b")
        if [entry.name for entry in entries] == ["1.jpg"]:
            os.unlink(f"{tmp_path}/a/1.jpg")
        return entries

    walked = walk([str(tmp_path)], ALL, scan=scan)

    assert reasons(walked, tmp_path) == dict.fromkeys(["a/1.jpg", "b"], "vanished while it was looked at")
    assert (walked.files, walked.not_walked) == ((), ())


def test_a_bind_mount_is_no_second_copy(tmp_path: Path) -> None:
    make_tree(tmp_path, {"a/1.jpg": b"1", "b/here/.keep": b"", "file/1 again.jpg": b"mount point", "target": None})
    mounts = [
        ["--bind", f"{tmp_path}/a", f"{tmp_path}/b/here"],
        ["--bind", f"{tmp_path}/a/1.jpg", f"{tmp_path}/file/1 again.jpg"],
        ["--bind", f"{tmp_path}/a", f"{tmp_path}/target"],
    ]

    printed = python_in_private_mounts(
        mounts, WALK_AND_PRINT, str(tmp_path), f"{tmp_path}/b/here", f"{tmp_path}/target"
    )

    assert printed.replace(f"{tmp_path}/", "").splitlines() == [
        "a/1.jpg",
        "b/here: the same folder as a",
        "file/1 again.jpg: the same file as a/1.jpg",
        "target: the same folder as a",
    ]


def test_a_folder_mounted_inside_itself_ends(tmp_path: Path) -> None:
    make_tree(tmp_path, {"photos/a/loop": None, "photos/x.jpg": b"1"})
    mounts = [["--rbind", f"{tmp_path}/photos", f"{tmp_path}/photos/a/loop"]]

    printed = python_in_private_mounts(mounts, WALK_AND_PRINT, f"{tmp_path}/photos")

    assert printed.replace(f"{tmp_path}/", "").splitlines() == [
        "photos/x.jpg",
        "photos/a/loop: the same folder as photos",
    ]


def test_an_excluded_folder_is_known_through_a_bind_mount(tmp_path: Path) -> None:
    make_tree(tmp_path, {"photos/1.jpg": b"1", "photos/again": None, "dup/2.jpg": b"2"})
    mounts = [["--bind", f"{tmp_path}/dup", f"{tmp_path}/photos/again"]]

    code = WALK_AND_PRINT.replace("Selection()", f"Selection(excluded_directories=({f'{tmp_path}/dup'!r},))")

    printed = python_in_private_mounts(mounts, code, f"{tmp_path}/photos")

    assert printed.replace(f"{tmp_path}/", "").splitlines() == [
        "photos/1.jpg",
        "photos/again: left out of the search",
    ]


WALK_AND_PRINT = """
import sys
from py_image_dedup.walking.selection import Selection
from py_image_dedup.walking.walk import walk
walked = walk(sys.argv[1:], Selection())
print(*(f.path for f in walked.files), *(f"{p.path}: {p.reason}" for p in walked.passed_over if p.reason != "empty"),
      *walked.not_walked, sep="\\n")
"""


def _breaks_off(inode: int, number: int) -> Callable[[int | str], Iterable[FolderEntry]]:
    """A scan that gives the first entry of the folder with this inode, then the error."""

    def scan(folder: int | str) -> Iterator[FolderEntry]:
        for position, entry in enumerate(sorted(os.scandir(folder), key=lambda e: e.name)):
            if position and os.stat(folder).st_ino == inode:
                raise OSError(number, os.strerror(number))
            yield entry

    return scan


def _remove_deep(top: Path, depth: int) -> None:
    """From the inside out: a tree this deep is too much for the clean-up of temporary folders."""
    with working_directory(top):
        for _ in range(depth):
            os.chdir("d")
        os.unlink("1.jpg")
        for _ in range(depth):
            os.chdir("..")
            os.rmdir("d")
