"""Records of pictures that nobody could photograph so many of: their points are drawn from those of real photographs.

A picture is a number; its words are made again whenever they are asked for, so that a million take no more memory than
in a run. Each point has the word and descriptor of a real one with some numbers changed, and place, size and angle of
others; one in five words has its halves from two points, so that words occur that no photograph here has.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from py_image_dedup.analysis.analyse import analyse_file
from py_image_dedup.matching.geometry.points import POINT, SIGN_BYTES
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import Fingerprint, ImageFacts, ImageRecord

POINTS = 150
MIXED_SHARE, CHANGED_SHARE = 0.2, 0.3
FACTS = ImageFacts(4000, 3000, "JPEG", "RGB", exif_entries=30, camera="Example Camera 12", jpeg_quality=92)
SUFFIXES = {".jpg", ".jpeg", ".png"}


def photographs(folder: Path, count: int) -> list[ImageRecord]:
    """Records of the first photographs below a folder, with their words."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)[:count]:
        status = os.lstat(path)
        file = ImageFile(str(path), "", status.st_size, status.st_mtime_ns, 0, status.st_ino, status.st_dev)
        result = analyse_file(file, ("pdq", "words"))
        if isinstance(result, ImageRecord) and result.fingerprint("words"):
            found.append(result)
    return found


def lean_record(number: int) -> ImageRecord:
    """The record of picture `number` as a run holds it."""
    file = ImageFile(f"/photos/{number // 1000:05}/IMG_{number:08}.jpg", "", 4_000_000, 10**18, 10**18, number, 1)
    return ImageRecord(file, _content(number), FACTS, (Fingerprint("words", 1, b""),))


class SyntheticWords:
    """A `Complete`: gives records their words. `spent_s` is the processor time that this took."""

    def __init__(self, real: Sequence[ImageRecord]) -> None:
        values = [record.fingerprint("words") for record in real]
        self._signs = values[0].value[:SIGN_BYTES] if values[0] else b""
        self._pool = np.concatenate([np.frombuffer(v.value[SIGN_BYTES:], POINT) for v in values if v is not None])
        self.spent_s = 0.0

    def __call__(self, records: Sequence[ImageRecord]) -> list[ImageRecord]:
        """See `Complete`."""
        began_s = time.process_time()
        whole = [self._whole(record) for record in records]
        self.spent_s += time.process_time() - began_s
        return whole

    def _whole(self, record: ImageRecord) -> ImageRecord:
        words = record.fingerprints[-1]
        if words.value:
            return record
        value = self._signs + self._points(int.from_bytes(record.sha256[-8:], "big")).tobytes()
        return replace(record, fingerprints=(*record.fingerprints[:-1], replace(words, value=value)))

    def _points(self, number: int) -> npt.NDArray[np.void]:
        random = np.random.Generator(np.random.PCG64(number))
        points = self._pool[random.integers(0, len(self._pool), POINTS)]
        places = self._pool[random.integers(0, len(self._pool), POINTS)]
        for name in ("x", "y", "size", "angle"):
            points[name] = places[name]
        mixed = random.random(POINTS) < MIXED_SHARE
        for name in ("word", "mirrored"):
            points[name] = np.where(mixed, points[name] & 0xFF00 | places[name] & 0xFF, points[name])
        noise = random.integers(0, 256, points["numbers"].shape, np.uint8) & 0x11
        noise[random.random(noise.shape) > CHANGED_SHARE] = 0
        points["numbers"] ^= noise
        return points


def _content(number: int) -> bytes:
    """Evenly spread, as digests are, and it says which picture it is."""
    return (number * 0x9E3779B97F4A7C15 % 2**64).to_bytes(8, "big") + number.to_bytes(24, "big")
