"""What is needed of a million pictures to fetch their words: content, path and size, 130 bytes each instead of 1 KB."""

import os
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.candidates.word_segment import CONTENT_BYTES
from py_image_dedup.matching.geometry.points import WORDS
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import Fingerprint, ImageFacts, ImageRecord

HEAD_BYTES = 8
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PictureTable:
    """Lean records, made by `picture_table`, which hold path, size in pixels and version of words. It can be mapped."""

    contents: Bytes  # 32 a picture, ascending
    heads: npt.NDArray[np.uint64]  # the first 8 bytes of each content, as numbers
    pixels: npt.NDArray[np.uint32]  # width and height
    paths: Bytes
    ends: npt.NDArray[np.int64]  # of each path
    version: int

    def __len__(self) -> int:
        return len(self.ends)

    def __contains__(self, content: object) -> bool:
        return isinstance(content, bytes) and self._place(content) is not None

    def __getitem__(self, content: bytes) -> ImageRecord:
        place = self._place(content)
        if place is None:
            raise KeyError(content)
        start = int(self.ends[place - 1]) if place else 0
        path = os.fsdecode(bytes(self.paths[start : int(self.ends[place])]))
        width, height = self.pixels[place].tolist()
        facts = ImageFacts(width, height, "", "")
        lean = (Fingerprint(WORDS, self.version, b""),)
        return ImageRecord(ImageFile(path, "", 0, 0, 0, 0, 0), content, facts, lean)

    def _place(self, content: bytes) -> int | None:
        head = np.uint64(int.from_bytes(content[:HEAD_BYTES], "big"))
        place = int(np.searchsorted(self.heads, head))
        while place < len(self) and self.heads[place] == head:
            if self.contents[place * CONTENT_BYTES : (place + 1) * CONTENT_BYTES].tobytes() == content:
                return place
            place += 1
        return None


def picture_table(records: Sequence[ImageRecord]) -> PictureTable:
    """`records` in the order of their contents, each with words of one version."""
    words = records[0].fingerprint(WORDS)
    assert words is not None, "records without words are not searched by them"
    contents, paths, ends = bytearray(), bytearray(), array("q")
    for record in records:
        contents += record.sha256
        paths += os.fsencode(record.file.path)
        ends.append(len(paths))
    sides = (side for record in records for side in (record.facts.width, record.facts.height))
    heads = np.frombuffer(contents, np.uint8).reshape(-1, CONTENT_BYTES)[:, :HEAD_BYTES]
    return PictureTable(
        np.frombuffer(contents, np.uint8),
        heads.copy().view(">u8").ravel().astype(np.uint64),
        np.fromiter(sides, np.uint32, 2 * len(records)).reshape(-1, 2),
        np.frombuffer(paths, np.uint8),
        np.frombuffer(ends, np.int64),
        words.version,
    )
