"""Roots before a run, and what is really gone below them: an error is never taken for an absence."""

import errno
import os
from pathlib import Path

import pytest

from py_image_dedup.walking.roots import (
    Absence,
    RootCondition,
    absolute,
    absolute_roots,
    check_root,
    check_roots,
    really_gone,
)
from tests.support.privileges import nobodys_folder, python_in_private_mounts, unprivileged
from tests.support.tree import Symlink, make_deep_folder, make_tree, working_directory, write_deep


@pytest.mark.parametrize(
    ("given", "absolute_path"),
    [("/a", "/a"), ("/a/", "/a"), ("//a//b", "/a/b"), ("/a/./b", "/a/b"), ("/", "/"), ("/../a", "/a"), ("a", "/a")],
)
def test_roots_become_plain_absolute_paths(given: str, absolute_path: str) -> None:
    with working_directory("/"):
        assert absolute(given) == absolute_path


def test_a_turn_after_a_link_leads_where_the_system_leads(tmp_path: Path) -> None:
    make_tree(
        tmp_path, {"deep/real": None, "link": Symlink("deep/real"), "deep/other": None, "other link": Symlink("deep")}
    )

    assert absolute(f"{tmp_path}/link/../other") == f"{tmp_path}/deep/other"
    assert absolute(f"{tmp_path}/deep/../other link") == f"{tmp_path}/other link"


def test_roots_are_sorted_and_each_is_there_once() -> None:
    assert absolute_roots(["/b", "/a/", "/b/.", "/a"]) == ("/a", "/b")


def test_a_root_is_looked_at_before_the_run(tmp_path: Path) -> None:
    make_tree(tmp_path, {"full/1.jpg": b"1", "empty": None, "link": Symlink("full")})

    states = check_roots(f"{tmp_path}/{name}" for name in ("full", "empty", "link", "missing", "full/1.jpg"))

    assert {
        os.path.relpath(s.path, tmp_path): (s.condition, s.can_be_walked, s.tells_what_is_gone) for s in states
    } == {
        "empty": (RootCondition.EMPTY, True, False),
        "full": (RootCondition.OK, True, True),
        "full/1.jpg": (RootCondition.NOT_A_FOLDER, False, False),
        "link": (RootCondition.OK, True, True),
        "missing": (RootCondition.MISSING, False, False),
    }


def test_the_state_of_a_root_is_a_sentence(tmp_path: Path) -> None:
    assert str(check_root(str(tmp_path))) == f"{tmp_path}: empty"
    assert str(check_root(f"{tmp_path}/no")) == f"{tmp_path}/no: does not exist (No such file or directory)"


def test_a_root_without_permission_is_unreadable() -> None:
    with nobodys_folder() as folder:
        os.chmod(folder, 0)
        with unprivileged():
            state = check_root(folder)

    assert (state.condition, state.reason) == (RootCondition.UNREADABLE, os.strerror(errno.EACCES))


@pytest.mark.parametrize("name", ["gone.jpg", "sub/gone.jpg", "gone/sub/1.jpg", "1.jpg/below a file"])
def test_a_file_is_gone_if_its_root_is_there_without_it(tmp_path: Path, name: str) -> None:
    make_tree(tmp_path, {"1.jpg": b"1", "sub/2.jpg": b"2"})

    assert really_gone(f"{tmp_path}/{name}", [str(tmp_path)]) is True


def test_a_file_that_is_there_is_not_gone(tmp_path: Path) -> None:
    make_tree(tmp_path, {"1.jpg": b"1"})

    assert really_gone(f"{tmp_path}/1.jpg", [str(tmp_path)]) is False


def test_a_file_is_gone_if_something_else_has_its_name(tmp_path: Path) -> None:
    make_tree(tmp_path, {"1.jpg": Symlink("2.jpg"), "2.jpg": None, "3": b"3"})

    absence = Absence([str(tmp_path)])

    assert (absence(f"{tmp_path}/1.jpg"), absence(f"{tmp_path}/2.jpg")) == (True, True)


@pytest.mark.parametrize("root", ["missing", "empty", "file"])
def test_nothing_is_gone_below_a_root_that_cannot_tell(tmp_path: Path, root: str) -> None:
    make_tree(tmp_path, {"empty": None, "file": b"1"})

    assert really_gone(f"{tmp_path}/{root}/a/1.jpg", [f"{tmp_path}/{root}"]) is None


def test_nothing_is_gone_outside_the_roots(tmp_path: Path) -> None:
    make_tree(tmp_path, {"a/1.jpg": b"1", "ab/1.jpg": b"1"})

    assert really_gone(f"{tmp_path}/ab/2.jpg", [f"{tmp_path}/a"]) is None


def test_nothing_is_gone_where_the_folder_is_empty_because_a_volume_may_be_away(tmp_path: Path) -> None:
    make_tree(tmp_path, {"1.jpg": b"1", "volume": None})

    assert really_gone(f"{tmp_path}/volume/photos/2.jpg", [str(tmp_path)]) is None


def test_an_empty_folder_tells_of_files_that_were_on_its_own_volume(tmp_path: Path) -> None:
    make_tree(tmp_path, {"1.jpg": b"1", "trip": None})
    device = os.stat(tmp_path).st_dev
    absence = Absence([str(tmp_path)])

    assert absence(f"{tmp_path}/trip/2.jpg", device) is True
    assert absence(f"{tmp_path}/trip/2.jpg", device + 1) is None


def test_nothing_is_gone_on_another_volume_than_before(tmp_path: Path) -> None:
    make_tree(tmp_path, {"1.jpg": b"1"})
    device = os.stat(tmp_path).st_dev
    absence = Absence([str(tmp_path)])

    assert absence(f"{tmp_path}/2.jpg", device) is True
    assert absence(f"{tmp_path}/2.jpg", device + 1) is None


@pytest.mark.parametrize(
    "number", [errno.EACCES, errno.EIO, errno.ESTALE, errno.ENAMETOOLONG, errno.ELOOP, errno.ENOMEM]
)
def test_every_other_error_says_that_nobody_could_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    make_tree(tmp_path, {"1.jpg": b"1"})
    absence = Absence([str(tmp_path)])

    def fails(path: str) -> os.stat_result:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("py_image_dedup.walking.folders.os.lstat", fails)
    monkeypatch.setattr("py_image_dedup.walking.folders.os.open", lambda *_, **__: fails(""))

    assert absence(f"{tmp_path}/2.jpg") is None


def test_a_file_behind_a_shut_folder_is_not_gone() -> None:
    with nobodys_folder() as folder:
        make_tree(folder, {"shut/1.jpg": b"1"})
        os.chmod(f"{folder}/shut", 0)
        with unprivileged():
            assert really_gone(f"{folder}/shut/2.jpg", [folder]) is None


def test_an_unmounted_volume_forgets_nothing(tmp_path: Path) -> None:
    make_tree(tmp_path, {"root/usb": None, "root/1.jpg": b"1", "disk/2.jpg": b"2"})
    ask = (
        "import sys; from py_image_dedup.walking.roots import really_gone;"
        "print([really_gone(p, sys.argv[1:2]) for p in sys.argv[2:]])"
    )
    paths = [f"{tmp_path}/root", f"{tmp_path}/root/usb/2.jpg", f"{tmp_path}/root/usb/3.jpg"]
    mounted = python_in_private_mounts([["--bind", f"{tmp_path}/disk", f"{tmp_path}/root/usb"]], ask, *paths)

    assert mounted.strip() == "[False, True]"
    assert [really_gone(path, paths[:1]) for path in paths[1:]] == [None, None]


def test_paths_longer_than_the_system_takes_can_be_asked_for(tmp_path: Path) -> None:
    folder = make_deep_folder(tmp_path, 30, "n" * 200)
    write_deep(folder, "1.jpg", b"1")
    absence = Absence([str(tmp_path)])

    assert (absence(f"{folder}/1.jpg"), absence(f"{folder}/2.jpg"), absence(f"{folder}/gone/1.jpg")) == (
        False,
        True,
        True,
    )
