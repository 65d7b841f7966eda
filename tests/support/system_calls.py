"""What a command asks of the file system, told by strace: every call that changes something, with its paths.

strace prints all strings as hexadecimal (`-xx`) and the paths behind descriptors (`-y`), so that names with quotes,
newlines or angle brackets cannot lead the reader astray.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

OPENING = ("open", "openat", "openat2", "creat")
CHANGING = (
    *("rename", "renameat", "renameat2", "unlink", "unlinkat", "link", "linkat", "symlink", "symlinkat"),
    *("mkdir", "mkdirat", "rmdir", "mknod", "mknodat", "truncate", "ftruncate", "fallocate"),
    *("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat"),
    *("utime", "utimes", "futimesat", "utimensat", "ioctl"),
    *("setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr"),
    *("bind", "mount", "umount2", "pivot_root"),
)
# FICLONE and its kin write into an open file; FS_IOC_SETFLAGS changes it. Other requests only ask.
IOCTLS_THAT_CHANGE = ("FICLONE", "FIDEDUPERANGE", "SETFLAGS", "FSSETXATTR")
FLAGS_THAT_CHANGE = ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_TMPFILE")
HOW_MANY_BYTES = "4096"

_CALL = re.compile(r"^(?P<process>\d+) +(?P<name>\w+)\((?P<arguments>.*)$")
_HEX = r"(?:\\x[0-9a-f]{2})*"
_PLACE = re.compile(rf'(?:AT_FDCWD|\d+)<(?P<folder>{_HEX})>(?:, "(?P<below>{_HEX})")?|"(?P<path>{_HEX})"')
NOWHERE = "(relative to an unknown folder)"


@dataclass(frozen=True)
class Change:
    """A call that would change a file or folder, whether or not it came to that."""

    call: str
    paths: tuple[str, ...]

    def touches(self, roots: Sequence[str]) -> bool:
        """Whether a path lies at or below one of the roots, or could."""
        return any(path.startswith(NOWHERE) or _is_below(path, root) for path in self.paths for root in roots)


@dataclass(frozen=True)
class Traced:
    status: int
    out: str
    changes: tuple[Change, ...]
    calls: int

    def changes_below(self, *roots: str | Path) -> list[Change]:
        return [change for change in self.changes if change.touches([os.path.realpath(root) for root in roots])]


def traced(command: Sequence[str], report: Path, cwd: Path, environment: Mapping[str, str]) -> Traced:
    """Run the command and all it starts under strace; `report` is where strace may write."""
    if sys.platform != "linux":
        pytest.skip("system calls are watched on Linux")
    watched = ",".join(f"?{name}" for name in (*OPENING, *CHANGING))
    strace = ["strace", "-f", "--seccomp-bpf", "-y", "-xx", "-qq", "-s", HOW_MANY_BYTES, "-e", f"trace={watched}"]
    ended = subprocess.run(
        [*strace, "-o", str(report), *command],
        cwd=cwd,
        env=dict(environment),
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=120,
        check=False,
    )
    assert "Traceback" not in ended.stderr, ended.stderr
    lines = report.read_text("ascii").splitlines()
    return Traced(ended.returncode, ended.stdout, tuple(changes(lines)), len(lines))


def changes(lines: Sequence[str]) -> Iterator[Change]:
    """The changing calls of a report of strace; a call that other processes interrupt is told by its first half."""
    for line in lines:
        call = _CALL.match(line)
        if call is not None and _is_change(call["name"], call["arguments"]):
            yield Change(call["name"], tuple(_paths(call["arguments"])))


def _is_change(name: str, arguments: str) -> bool:
    if name == "creat":
        return True
    if name in OPENING:
        return any(flag in arguments for flag in FLAGS_THAT_CHANGE)
    if name == "ioctl":
        return any(request in arguments for request in IOCTLS_THAT_CHANGE)
    return name in CHANGING


def _paths(arguments: str) -> Iterator[str]:
    """Every path among the arguments, absolute; what an open call gave back (`= 3</path>`) is one of them."""
    for place in _PLACE.finditer(arguments):
        if place["folder"] is not None:
            yield os.path.normpath(os.path.join(_text(place["folder"]), _text(place["below"] or "")))
        else:
            path = _text(place["path"])
            yield os.path.normpath(path) if os.path.isabs(path) else f"{NOWHERE}/{path}"


def _text(hexadecimal: str) -> str:
    return os.fsdecode(bytes.fromhex(hexadecimal.replace("\\x", "")))


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip("/") + "/")
