"""How many bits a channel has in the file. Two pictures may be called equal only by pixels that are all there."""

import re

from PIL import Image

UNKNOWN_BITS = 99
_EIGHT_BIT_FORMATS = frozenset({"JPEG", "MPO", "GIF", "WEBP", "QOI", "TGA", "BMP"})
_BITS_PER_SAMPLE = 258
_AV1_HIGH_BIT_DEPTH = 0x40
_PPM_HEADER = re.compile(rb"P[1-6]\s+(?:#[^\n]*\n\s*)*\d+\s+(?:#[^\n]*\n\s*)*\d+\s+(?:#[^\n]*\n\s*)*(\d+)")


def stored_bits(image: Image.Image, head: bytes) -> int:
    """Bits of the deepest channel of the first frame; `UNKNOWN_BITS` where the header does not tell.

    Pillow gives 8 of them for colour, whatever the file holds, and all of them for grey.
    """
    if image.format in _EIGHT_BIT_FORMATS:
        return 8
    readers = {"PNG": _png, "PPM": _ppm, "AVIF": _av1, "JPEG2000": _jpeg2000}
    if image.format in readers:
        return readers[image.format](head)
    if image.format == "TIFF":
        return int(max(getattr(image, "tag_v2", {}).get(_BITS_PER_SAMPLE, (1,))))
    return int(image.info.get("bit_depth", UNKNOWN_BITS))


def _png(head: bytes) -> int:
    return head[24]


def _ppm(head: bytes) -> int:
    if head[1:2] in (b"1", b"4"):
        return 1
    found = _PPM_HEADER.match(head)
    return int(found[1]).bit_length() if found else UNKNOWN_BITS


def _av1(head: bytes) -> int:
    """The third byte of the `av1C` box (AV1 in ISOBMFF, 2.3.3) says whether it is more than 8."""
    at = head.find(b"av1C")
    if at < 0 or at + 6 >= len(head):
        return UNKNOWN_BITS
    return 10 if head[at + 6] & _AV1_HIGH_BIT_DEPTH else 8


def _jpeg2000(head: bytes) -> int:
    """The SIZ marker (ITU-T T.800, A.5.1) gives each component's depth less one."""
    at = head.find(b"\xff\x4f\xff\x51")
    if at < 0:
        return UNKNOWN_BITS
    components = int.from_bytes(head[at + 40 : at + 42], "big")
    depths = head[at + 42 : at + 42 + 3 * components : 3]
    return max(((depth & 0x7F) + 1 for depth in depths), default=UNKNOWN_BITS)
