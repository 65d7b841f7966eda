"""Paths and sizes as a person reads them."""

import os
import unicodedata

# Joiners are part of words in several scripts and of emoji; all other format characters (bidirectional overrides,
# zero-width spaces) only hide what a name is.
_HARMLESS_FORMAT = {"\u200c", "\u200d"}
_HIDING = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_SURROGATE_OF_BYTE = 0xDC00
MEBIBYTE = 1 << 20


def printable(path: str) -> str:
    """The path with everything escaped that is not seen or that steers a terminal; different paths stay different.

    Bytes that are not UTF-8 become `\\xff`, control and format characters `\\n`, `\\x1b`, `\\u202e`.
    """
    if path.isascii() and path.isprintable() and "\\" not in path:
        return path
    return "".join(_shown(c) for c in path)


def _shown(char: str) -> str:
    if char == "\\":
        return char if os.sep == "\\" else "\\\\"
    if char in _HARMLESS_FORMAT or unicodedata.category(char) not in _HIDING:
        return char
    if "\udc80" <= char <= "\udcff":
        return f"\\x{ord(char) - _SURROGATE_OF_BYTE:02x}"
    # As bytes of UTF-8 would be: \x9b as a byte is not U+009B.
    return f"\\u{ord(char):04x}" if 0x80 <= ord(char) <= 0xFF else char.encode("unicode_escape").decode("ascii")


def mebibytes(size: int) -> str:
    """Bytes as MiB with two places."""
    return f"{size / MEBIBYTE:,.2f}"


def counted(number: int, noun: str) -> str:
    """`1 file`, `2,000 files`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
