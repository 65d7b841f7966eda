"""The real file system: `FileOps` by system calls relative to open folders."""

import errno
import fcntl
import os
import signal
import sys
from contextlib import suppress

from py_image_dedup.disposal.volume import syscalls
from py_image_dedup.disposal.volume.fsops import FileStat, Space, Volume

FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
READ_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
CREATE_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# no openat2 (old kernel, or a container that forbids it with EPERM), or a path longer than one call takes
_WALK_INSTEAD = frozenset({errno.ENOSYS, errno.EPERM, errno.EINVAL, errno.E2BIG, errno.EAGAIN, errno.ENAMETOOLONG})
_NOT_SUPPORTED = frozenset({errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL})


class PosixFiles:
    """Linux with every guarantee; macOS through renameatx_np."""

    def open_top(self, path: str) -> int:
        """Open a folder the user named."""
        try:
            return os.open(path, FOLDER_FLAGS)
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG:
                raise
        top = os.open("/", FOLDER_FLAGS)
        try:
            return _walk(top, path.lstrip("/"), os.O_RDONLY)
        finally:
            os.close(top)

    def open_folder(self, folder: int, relative: str) -> int:
        """Open a folder below an open one, through no link."""
        if not relative:
            return os.open(".", FOLDER_FLAGS, dir_fd=folder)
        if any(part in {"", ".", ".."} for part in relative.split("/")):
            raise OSError(errno.EINVAL, "not a plain path below the folder", relative)
        try:
            return syscalls.open_beneath(folder, relative, FOLDER_FLAGS)
        except OSError as error:
            if error.errno not in _WALK_INSTEAD:
                raise
        return _walk(folder, relative, os.O_NOFOLLOW)

    def open_file(self, folder: int, name: str) -> int:
        """Open a file for reading, neither following a link nor blocking."""
        return os.open(name, READ_FLAGS, dir_fd=folder)

    def create_file(self, folder: int, name: str) -> int:
        """Create a new file, mode 0600."""
        return os.open(name, CREATE_FLAGS, 0o600, dir_fd=folder)

    def open_lock(self, folder: int, name: str) -> int:
        """Open or create a file of ours."""
        return os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)

    def close(self, descriptor: int) -> None:
        """Close. What was written was synced before, so that an error of close says nothing new."""
        with suppress(OSError):
            os.close(descriptor)

    def stat(self, descriptor: int) -> FileStat:
        """The fstat of an open file."""
        return FileStat.of(os.fstat(descriptor))

    def stat_name(self, folder: int, name: str) -> FileStat | None:
        """The lstat of a name; None only for ENOENT."""
        try:
            return FileStat.of(os.stat(name, dir_fd=folder, follow_symlinks=False))
        except FileNotFoundError:
            return None

    def names(self, folder: int) -> list[str]:
        """The directory entries."""
        return os.listdir(folder)

    def volume(self, folder: int) -> Volume:
        """Device and mount."""
        try:
            mount = syscalls.mount_id(folder)
        except OSError as error:
            if error.errno not in {errno.ENOSYS, errno.EPERM}:
                raise
            mount = 0
        return Volume(os.fstat(folder).st_dev, mount)

    def space(self, folder: int) -> Space:
        """Free (for this user) and total bytes."""
        answer = os.statvfs(folder)
        return Space(answer.f_bavail * answer.f_frsize, answer.f_blocks * answer.f_frsize)

    def read(self, descriptor: int, size: int, offset: int) -> bytes:
        """Positioned read."""
        return os.pread(descriptor, size, offset)

    def write(self, descriptor: int, data: bytes, offset: int) -> int:
        """Positioned write."""
        return os.pwrite(descriptor, data, offset)

    def reserve(self, descriptor: int, size: int) -> None:
        """Reserve blocks where the file system can."""
        if not hasattr(os, "posix_fallocate"):
            return
        try:
            os.posix_fallocate(descriptor, 0, size)
        except OSError as error:
            if error.errno not in _NOT_SUPPORTED:
                raise

    def sync(self, descriptor: int) -> None:
        """Reach the disk itself: fsync, on macOS F_FULLFSYNC."""
        if sys.platform == "darwin":
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
        else:
            os.fsync(descriptor)

    def drop_cache(self, descriptor: int) -> None:
        """Advise the kernel to forget the pages."""
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)

    def is_written_elsewhere(self, descriptor: int) -> bool | None:
        """Ask for a read lease, which the kernel refuses while any writer has the file open; give it back at once."""
        if not hasattr(fcntl, "F_SETLEASE"):
            return None
        try:
            # the default signal of a broken lease would end the process; SIGURG is ignored by default
            fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except OSError as error:
            return True if error.errno == errno.EAGAIN else None
        return False

    def xattrs(self, descriptor: int) -> tuple[tuple[str, bytes], ...]:
        """Readable extended attributes; none where the file system or platform has none."""
        if not hasattr(os, "listxattr"):
            return ()
        try:
            names = os.listxattr(descriptor)
        except OSError as error:
            if error.errno in _NOT_SUPPORTED:
                return ()
            raise
        return tuple((name, os.getxattr(descriptor, name)) for name in sorted(names))

    def set_xattr(self, descriptor: int, name: str, value: bytes) -> None:
        """Set one extended attribute."""
        if not hasattr(os, "setxattr"):
            raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
        os.setxattr(descriptor, name, value)

    def set_mode(self, descriptor: int, mode: int) -> None:
        """Set the permissions."""
        os.fchmod(descriptor, mode)

    def set_owner(self, descriptor: int, uid: int, gid: int) -> None:
        """Set user and group."""
        os.fchown(descriptor, uid, gid)

    def set_times(self, descriptor: int, atime_ns: int, mtime_ns: int) -> None:
        """Set both times, to the nanosecond."""
        os.utime(descriptor, ns=(atime_ns, mtime_ns))

    def rename_no_replace(self, source_folder: int, source: str, folder: int, name: str) -> None:
        """Rename, never replacing."""
        syscalls.rename_with(syscalls.RENAME_NOREPLACE, source_folder, source, folder, name)

    def rename_plain(self, source_folder: int, source: str, folder: int, name: str) -> None:
        """Rename as POSIX does."""
        os.rename(source, name, src_dir_fd=source_folder, dst_dir_fd=folder)

    def exchange(self, source_folder: int, source: str, folder: int, name: str) -> None:
        """Swap two names."""
        syscalls.rename_with(syscalls.RENAME_EXCHANGE, source_folder, source, folder, name)

    def link(self, source_folder: int, source: str, folder: int, name: str) -> None:
        """Add a name to a file."""
        os.link(source, name, src_dir_fd=source_folder, dst_dir_fd=folder, follow_symlinks=False)

    def symlink(self, text: str, folder: int, name: str) -> None:
        """Make a symbolic link."""
        os.symlink(text, name, dir_fd=folder)

    def read_link(self, folder: int, name: str) -> str:
        """The text of a symbolic link."""
        return os.readlink(name, dir_fd=folder)

    def clone(self, source: int, destination: int) -> None:
        """Share blocks (FICLONE: btrfs, xfs, bcachefs, ...)."""
        fcntl.ioctl(destination, syscalls.FICLONE, source)

    def unlink(self, folder: int, name: str) -> None:
        """Remove a name."""
        os.unlink(name, dir_fd=folder)

    def mkdir(self, folder: int, name: str, mode: int) -> None:
        """Make a folder."""
        os.mkdir(name, mode, dir_fd=folder)

    def rmdir(self, folder: int, name: str) -> None:
        """Remove an empty folder."""
        os.rmdir(name, dir_fd=folder)

    def try_lock(self, descriptor: int) -> bool:
        """Exclusive flock without waiting."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
                return False
            raise
        return True


def _walk(folder: int, relative: str, follow: int) -> int:
    """Open component by component, for kernels without openat2 and for paths longer than PATH_MAX."""
    current = os.open(".", FOLDER_FLAGS, dir_fd=folder)
    for part in relative.split("/"):
        try:
            following = os.open(part, FOLDER_FLAGS | follow, dir_fd=current)
        finally:
            os.close(current)
        current = following
    return current
