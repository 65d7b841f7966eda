"""The real file system, also where the kernel, the volume or the platform offers less."""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from py_image_dedup.disposal.volume import posix, syscalls
from py_image_dedup.disposal.volume.posix import PosixFiles


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """On the disk: these are about the file system itself."""
    return tmp_path_factory.mktemp("disk")


@pytest.fixture
def ops() -> PosixFiles:
    return PosixFiles()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


def failing(number: int) -> Any:
    def call(*arguments: object, **options: object) -> Any:
        raise OSError(number, os.strerror(number))

    return call


@pytest.fixture(params=["openat2", "component by component"])
def any_kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param != "openat2":
        monkeypatch.setattr(syscalls, "open_beneath", failing(errno.ENOSYS))


@pytest.mark.usefixtures("any_kernel")
def test_a_folder_below_is_opened_through_no_link(ops: PosixFiles, folder: int, tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/link").symlink_to(tmp_path)
    (tmp_path / "out").symlink_to("/")

    opened = ops.open_folder(folder, "a/b")

    assert ops.stat(opened).inode == (tmp_path / "a/b").stat().st_ino
    ops.close(opened)
    for through_link in ("a/link", "a/link/a", "out", "out/tmp"):
        with pytest.raises(OSError, match=r"symbolic links|Not a directory"):
            ops.open_folder(folder, through_link)


@pytest.mark.parametrize("path", ["..", "a/../..", "/etc", "a//b", "./a", "a/"])
def test_a_path_that_is_not_plain_is_refused(ops: PosixFiles, folder: int, path: str) -> None:
    with pytest.raises(OSError, match="not a plain path"):
        ops.open_folder(folder, path)


def test_another_error_of_openat2_is_that_error(ops: PosixFiles, folder: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syscalls, "open_beneath", failing(errno.EIO))
    with pytest.raises(OSError, match="Input/output"):
        ops.open_folder(folder, "a")


def test_a_folder_named_by_nothing_is_the_folder_itself(ops: PosixFiles, folder: int) -> None:
    again = ops.open_folder(folder, "")
    assert ops.stat(again).is_same_file(ops.stat(folder))
    ops.close(again)


def test_a_top_with_a_path_longer_than_the_system_takes(ops: PosixFiles, tmp_path: Path) -> None:
    here = os.getcwd()
    try:
        os.chdir(tmp_path)
        for _ in range(20):
            os.mkdir("d" * 250)
            os.chdir("d" * 250)
        opened = ops.open_top(f"{tmp_path}" + ("/" + "d" * 250) * 20)
        assert ops.stat(opened).inode == os.stat(".").st_ino
        ops.close(opened)
    finally:
        os.chdir(here)
    with pytest.raises(FileNotFoundError):
        ops.open_top(str(tmp_path / "missing"))


def test_no_such_name_is_none_and_every_other_trouble_an_error(ops: PosixFiles, folder: int, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    file = os.open(tmp_path / "file", os.O_RDONLY)

    assert ops.stat_name(folder, "missing") is None
    with pytest.raises(OSError, match="Not a directory"):
        ops.stat_name(file, "x")
    with pytest.raises(OSError, match="too long"):
        ops.stat_name(folder, "n" * 256)
    os.close(file)


def test_a_pipe_does_not_hang_and_a_link_is_not_followed(ops: PosixFiles, folder: int, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "link.jpg").symlink_to("pipe.jpg")

    ops.close(ops.open_file(folder, "pipe.jpg"))
    with pytest.raises(OSError, match="symbolic links"):
        ops.open_file(folder, "link.jpg")


def test_a_rename_never_replaces(ops: PosixFiles, folder: int, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    (tmp_path / "same").hardlink_to(tmp_path / "a")

    for taken in ("b", "same"):
        with pytest.raises(FileExistsError):
            ops.rename_no_replace(folder, "a", folder, taken)
    ops.rename_no_replace(folder, "a", folder, "c")
    ops.exchange(folder, "b", folder, "c")

    assert {name: (tmp_path / name).read_text() for name in sorted(os.listdir(tmp_path))} == {
        "b": "a",
        "c": "b",
        "same": "a",
    }


def test_a_file_open_for_writing_elsewhere_is_noticed(
    ops: PosixFiles, folder: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "f").write_text("x")
    descriptor = ops.open_file(folder, "f")

    with open(tmp_path / "f", "a"):
        assert ops.is_written_elsewhere(descriptor) is True
    assert ops.is_written_elsewhere(descriptor) is False
    monkeypatch.setattr(fcntl, "fcntl", failing(errno.EACCES))
    assert ops.is_written_elsewhere(descriptor) is None
    monkeypatch.delattr(fcntl, "F_SETLEASE")
    assert ops.is_written_elsewhere(descriptor) is None
    ops.close(descriptor)


def test_attributes_of_a_file_are_read_and_set(ops: PosixFiles, folder: int, tmp_path: Path) -> None:
    descriptor = ops.create_file(folder, "f")
    ops.set_xattr(descriptor, "user.b", b"\x00\xff")
    ops.set_xattr(descriptor, "user.a", b"")
    ops.set_mode(descriptor, 0o640)
    ops.set_owner(descriptor, os.getuid(), os.getgid())
    ops.set_times(descriptor, 5, 1_500_000_000_123_456_789)

    now = ops.stat(descriptor)
    assert (now.permissions, now.mtime_ns, now.atime_ns) == (0o640, 1_500_000_000_123_456_789, 5)
    assert ops.xattrs(descriptor) == (("user.a", b""), ("user.b", b"\x00\xff"))
    ops.close(descriptor)


def test_what_the_volume_or_platform_lacks(
    ops: PosixFiles, folder: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    descriptor = ops.create_file(folder, "f")
    monkeypatch.setattr(os, "posix_fallocate", failing(errno.EOPNOTSUPP))
    ops.reserve(descriptor, 100)
    monkeypatch.setattr(os, "posix_fallocate", failing(errno.ENOSPC))
    with pytest.raises(OSError, match="No space"):
        ops.reserve(descriptor, 100)
    monkeypatch.setattr(os, "listxattr", failing(errno.ENOTSUP))
    assert ops.xattrs(descriptor) == ()
    monkeypatch.setattr(os, "listxattr", failing(errno.EIO))
    with pytest.raises(OSError, match="Input/output"):
        ops.xattrs(descriptor)
    for name in ("posix_fallocate", "posix_fadvise", "listxattr", "setxattr"):
        monkeypatch.delattr(os, name)
    ops.reserve(descriptor, 100)
    ops.drop_cache(descriptor)
    assert ops.xattrs(descriptor) == ()
    with pytest.raises(OSError, match="not supported"):
        ops.set_xattr(descriptor, "user.a", b"")
    ops.close(descriptor)


def test_where_mounts_have_no_number_the_device_alone_counts(
    ops: PosixFiles, folder: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ops.volume(folder).mount > 0
    monkeypatch.setattr(syscalls, "mount_id", failing(errno.ENOSYS))
    assert ops.volume(folder) == (os.fstat(folder).st_dev, 0)
    monkeypatch.setattr(syscalls, "mount_id", failing(errno.EIO))
    with pytest.raises(OSError, match="Input/output"):
        ops.volume(folder)


def test_a_kernel_or_library_without_the_calls(folder: int, monkeypatch: pytest.MonkeyPatch) -> None:
    class Library:
        pass

    class OldKernel:
        @staticmethod
        def statx(*arguments: object) -> int:
            return 0  # answered, but without the number of the mount

    monkeypatch.setattr(syscalls, "_libc", Library())
    assert syscalls.mount_id(folder) == 0
    monkeypatch.setattr(syscalls, "_libc", OldKernel())
    assert syscalls.mount_id(folder) == 0
    monkeypatch.setattr(syscalls, "_rename", None)
    with pytest.raises(OSError, match="not implemented"):
        syscalls.rename_with(syscalls.RENAME_NOREPLACE, folder, "a", folder, "b")


def test_other_platforms_use_their_own_calls_or_none(folder: int, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    class Darwin:
        @staticmethod
        def renameatx_np(*arguments: object) -> int:
            calls.append(arguments)
            return 0

    monkeypatch.setattr(syscalls, "_libc", Darwin())
    monkeypatch.setattr(syscalls.sys, "platform", "darwin")
    monkeypatch.setattr(syscalls, "_rename", syscalls._rename_call())
    syscalls.rename_with(syscalls.RENAME_NOREPLACE, 3, "a", 4, "b")
    assert calls == [(3, b"a", 4, b"b", 0x4)]
    with pytest.raises(OSError, match="not implemented"):
        syscalls.open_beneath(folder, "a", os.O_RDONLY)
    monkeypatch.setattr(syscalls.sys, "platform", "win32")
    assert syscalls._rename_call() is None


def test_on_macos_a_sync_reaches_the_disk_itself(ops: PosixFiles, folder: int, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(posix.sys, "platform", "darwin")
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", lambda *arguments: calls.append(arguments))

    ops.sync(folder)

    assert calls == [(folder, 51)]


def test_a_lock_that_cannot_be_asked_for_is_an_error(
    ops: PosixFiles, folder: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    descriptor = ops.open_lock(folder, "lock")
    assert ops.try_lock(descriptor)
    other = ops.open_lock(folder, "lock")
    assert not ops.try_lock(other)
    monkeypatch.setattr(fcntl, "flock", failing(errno.ENOLCK))
    with pytest.raises(OSError, match="No locks"):
        ops.try_lock(other)
    ops.close(descriptor)
    ops.close(other)


def test_links_and_their_text(ops: PosixFiles, folder: int, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    ops.link(folder, "a", folder, "b")
    ops.symlink("a\udce9", folder, "c")

    assert (tmp_path / "a").stat().st_nlink == 2
    assert ops.read_link(folder, "c") == "a\udce9"
    assert stat.S_ISLNK(ops.stat_name(folder, "c").mode)


def test_blocks_are_shared_or_the_volume_says_that_it_cannot(ops: PosixFiles, folder: int, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a" * 4096)
    source, copy = ops.open_file(folder, "a"), ops.create_file(folder, "b")
    refused = 0
    try:
        ops.clone(source, copy)
    except OSError as error:
        refused = error.errno or -1

    assert refused in {0, errno.EOPNOTSUPP, errno.ENOTTY, errno.EINVAL, errno.EXDEV}
    assert (tmp_path / "b").read_text() == ("" if refused else "a" * 4096)
    ops.close(source)
    ops.close(copy)


def test_free_space_is_what_this_user_may_write(ops: PosixFiles, folder: int) -> None:
    space = ops.space(folder)

    assert 0 <= space.free <= space.total
