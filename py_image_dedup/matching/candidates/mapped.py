"""A value in a file that several processes map: its arrays are in memory once, whoever reads them."""

import mmap
import os
import pickle
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

ALIGNED = 64  # bytes


@dataclass(frozen=True, slots=True)
class Mapped:
    """What another process of this user needs to have the value, as long as the file is open here."""

    path: str
    pickled: bytes  # without the arrays
    places: tuple[tuple[int, int], ...]  # of the arrays in the file

    def value(self) -> Any:
        """The value; its arrays are read-only. Raises OSError where the file cannot be mapped."""
        with open(self.path, "rb") as file:
            whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        return pickle.loads(self.pickled, buffers=[whole[start:end] for start, end in self.places])  # noqa: S301 - our own


@contextmanager
def mapped(value: object, folder: str) -> Iterator[Mapped]:
    """Write `value` to a file without a name in `folder`: its end is this process's end. Raises OSError.

    For Linux, where another process reaches such a file through this one.
    """
    with tempfile.TemporaryFile(dir=folder) as file:
        places: list[tuple[int, int]] = []

        def keep(buffer: pickle.PickleBuffer) -> None:
            file.seek(-file.tell() % ALIGNED, os.SEEK_CUR)
            start = file.tell()
            file.write(buffer.raw())
            places.append((start, file.tell()))

        pickled = pickle.dumps(value, protocol=5, buffer_callback=keep)
        del value  # whoever lets go of it has its memory back
        file.write(bytes(1))  # nothing cannot be mapped
        file.flush()
        yield Mapped(f"/proc/{os.getpid()}/fd/{file.fileno()}", pickled, tuple(places))
