"""A segment of the index of words as bytes: what is kept from run to run."""

import zlib

import numpy as np

from py_image_dedup.matching.candidates.word_segment import CONTENT_BYTES, SEGMENT_PICTURES, WordSegment
from py_image_dedup.matching.candidates.word_weights import WORDS

MAGIC = b"words-1\n"
NUMBER_BYTES = 4
_HEADER_BYTES = len(MAGIC) + 4 * NUMBER_BYTES  # pictures, entries, bytes of the starts, checksum of what follows


def packed(segment: WordSegment) -> bytes:
    """Contents, starts (compressed: of a few pictures they are nearly all the same) and entries."""
    starts = zlib.compress(np.diff(segment.starts, prepend=np.uint32(0)).astype("<u4").tobytes(), 1)
    body = b"".join([segment.contents, starts, segment.pictures.astype("<u2").tobytes()])
    numbers = (len(segment), len(segment.pictures), len(starts), zlib.crc32(body))
    return MAGIC + b"".join(number.to_bytes(NUMBER_BYTES, "little") for number in numbers) + body


def unpacked(value: bytes) -> WordSegment:
    """The segment of `packed`, its entries not copied. Raises ValueError where a byte of it is not as it was."""
    if value[: len(MAGIC)] != MAGIC or len(value) < _HEADER_BYTES:
        raise ValueError("this is no segment of an index of words")
    pictures, entries, packed_bytes, checksum = np.frombuffer(value[len(MAGIC) : _HEADER_BYTES], "<u4").tolist()
    body = memoryview(value)[_HEADER_BYTES:]
    length = pictures * CONTENT_BYTES + packed_bytes + 2 * entries
    if pictures > SEGMENT_PICTURES or len(body) != length or zlib.crc32(body) != checksum:
        raise ValueError("a segment of the index of words is damaged")
    behind = pictures * CONTENT_BYTES
    sizes = np.frombuffer(zlib.decompress(body[behind : behind + packed_bytes]), "<u4")
    if len(sizes) != WORDS + 1 or int(sizes.sum(dtype=np.int64)) != entries:
        raise ValueError("a segment of the index of words is damaged")
    starts = np.cumsum(sizes, dtype=np.uint32)
    return WordSegment(bytes(body[:behind]), starts, np.frombuffer(body[behind + packed_bytes :], "<u2"))
