"""The bytes of a file, read once: hashed, kept where they are few, and handed to the decoder."""

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from py_image_dedup.analysis.sniff import HEAD_BYTES
from py_image_dedup.analysis.trouble import Trouble
from py_image_dedup.model.images import UnreadableKind

# Larger files are hashed in pieces and decoded from the open file: a 2 GB scan must not fill the memory of a worker.
HELD_BYTES = 128 << 20
PIECE_BYTES = 1 << 20
# No symlink is followed and no pipe is waited for, should one have taken the place of the file since the walk.
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_OPEN_FLAGS |= getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Content:
    """A file that was read to its end. `status` is from the descriptor after the last byte; `data` None: too large."""

    path: str
    sha256: bytes
    status: os.stat_result
    head: bytes
    data: bytes | None

    @contextmanager
    def stream(self) -> Iterator[BinaryIO]:
        """The bytes as a file object for a decoder."""
        if self.data is not None:
            yield io.BytesIO(self.data)
            return
        with os.fdopen(_opened(self.path), "rb") as file:
            yield file


def read_content(path: str) -> Content:
    """Read and hash the file. Raises `Trouble`: IO_ERROR, or CHANGED where no regular file is there any more."""
    try:
        descriptor = _opened(path)
        try:
            return _read(path, descriptor)
        finally:
            os.close(descriptor)
    except FileNotFoundError as gone:
        raise Trouble(UnreadableKind.CHANGED, "The file is gone.") from gone
    except OSError as error:
        raise Trouble(UnreadableKind.IO_ERROR, f"The file could not be read: {error.strerror or error}.") from error


def _opened(path: str) -> int:
    return os.open(path, _OPEN_FLAGS)


def _read(path: str, descriptor: int) -> Content:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise Trouble(UnreadableKind.CHANGED, "It is no regular file any more.")
    data = _read_whole(descriptor, status.st_size) if status.st_size <= HELD_BYTES else None
    sha256 = hashlib.sha256(data).digest() if data is not None else _hash_in_pieces(descriptor)
    head = data[:HEAD_BYTES] if data is not None else _first_bytes(descriptor)
    return Content(path, sha256, os.fstat(descriptor), head, data)


def _first_bytes(descriptor: int) -> bytes:
    os.lseek(descriptor, 0, os.SEEK_SET)
    return os.read(descriptor, HEAD_BYTES)


def _read_whole(descriptor: int, size: int) -> bytes:
    with os.fdopen(os.dup(descriptor), "rb", buffering=0) as file:
        return file.readall() if size else b""


def _hash_in_pieces(descriptor: int) -> bytes:
    digest = hashlib.sha256()
    while piece := os.read(descriptor, PIECE_BYTES):
        digest.update(piece)
    return digest.digest()
