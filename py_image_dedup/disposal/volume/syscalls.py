"""System calls that Python does not offer: openat2, renameat2 (renameatx_np on macOS), statx for the mount, FICLONE.

Every function raises OSError with the errno of the call; ENOSYS where the platform has no such call.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Callable
from typing import Any

RENAME_NOREPLACE = 1
RENAME_EXCHANGE = 2
RESOLVE_NO_SYMLINKS = 0x04
RESOLVE_BENEATH = 0x08
FICLONE = 0x40049409  # linux/fs.h: _IOW(0x94, 9, int)

_OPENAT2 = 437  # the same number on every Linux architecture (5.6 and newer)
_RENAMEAT2 = {"x86_64": 316, "i686": 353, "i386": 353, "armv7l": 382, "armv6l": 382}  # elsewhere asm-generic's 276
_MACOS_FLAGS = {RENAME_NOREPLACE: 0x4, RENAME_EXCHANGE: 0x2}  # RENAME_EXCL, RENAME_SWAP of renameatx_np(2)
_AT_EMPTY_PATH = 0x1000
_STATX_MNT_ID = 0x1000
_STATX_SIZE = 256
_STATX_MNT_ID_OFFSET = 144  # struct statx of linux/stat.h

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    """The result of a libc call, or the OSError that its errno stands for."""
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def _rename_call() -> Callable[[int, bytes, int, bytes, int], int] | None:
    if sys.platform == "darwin":
        native: Any = getattr(_libc, "renameatx_np", None)
        return native and (lambda sf, s, df, d, flag: native(sf, s, df, d, _MACOS_FLAGS[flag]))
    if sys.platform != "linux":
        return None
    number = _RENAMEAT2.get(platform.machine(), 276)
    return lambda sf, s, df, d, flag: _libc.syscall(number, sf, s, df, d, flag)


_rename = _rename_call()


def rename_with(flag: int, source_folder: int, source: str, folder: int, name: str) -> None:
    """renameat2(2) with RENAME_NOREPLACE or RENAME_EXCHANGE; EINVAL where the file system has no such rename."""
    if _rename is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    _checked(_rename(source_folder, os.fsencode(source), folder, os.fsencode(name), flag))


def open_beneath(folder: int, relative: str, flags: int) -> int:
    """openat2(2): opens `relative` below `folder`; ELOOP on any symbolic link, EXDEV on any way out."""
    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    how = struct.pack("QQQ", flags | os.O_CLOEXEC, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)
    return _checked(_libc.syscall(_OPENAT2, folder, os.fsencode(relative), how, len(how)))


def mount_id(descriptor: int) -> int:
    """The mount that an open file lies on (statx, Linux 5.8): bind mounts share a device but not this number."""
    if not hasattr(_libc, "statx"):
        return 0
    buffer = ctypes.create_string_buffer(_STATX_SIZE)
    _checked(_libc.statx(descriptor, b"", _AT_EMPTY_PATH, _STATX_MNT_ID, buffer))
    if not struct.unpack_from("I", buffer)[0] & _STATX_MNT_ID:
        return 0
    return int(struct.unpack_from("Q", buffer, _STATX_MNT_ID_OFFSET)[0])
