import os

import pytest

from py_image_dedup.reports.names import counted, mebibytes, printable


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/lib/plain name.jpg", "/lib/plain name.jpg"),
        ("/lib/été 写真 🖼.jpg", "/lib/été 写真 🖼.jpg"),
        ("/lib/new\nline\t.jpg", r"/lib/new\nline\t.jpg"),
        ("/lib/\x1b[31mred.jpg", r"/lib/\x1b[31mred.jpg"),
        ("/lib/\u202egpj.exe", r"/lib/\u202egpj.exe"),
        ("/lib/\u2066a\u2069\u2028\u200b\ufeff.jpg", r"/lib/\u2066a\u2069\u2028\u200b\ufeff.jpg"),
        ("/lib/\x9b31m.jpg", r"/lib/\u009b31m.jpg"),
        (os.fsdecode(b"/lib/\xff\xe9.jpg"), r"/lib/\xff\xe9.jpg"),
        ("/lib/back\\x1b.jpg", r"/lib/back\\x1b.jpg"),
        ("/lib/\U000e0041.jpg", r"/lib/\U000e0041.jpg"),
        ("/lib/می\u200c 👩\u200d🚀.jpg", "/lib/می\u200c 👩\u200d🚀.jpg"),
    ],
)
def test_what_is_not_seen_or_steers_a_terminal_is_escaped(path: str, shown: str) -> None:
    assert printable(path) == shown


def test_sizes_are_in_mib_with_two_places() -> None:
    assert [mebibytes(0), mebibytes(1 << 20), mebibytes(5_000_000_000)] == ["0.00", "1.00", "4,768.37"]


def test_nouns_follow_their_number() -> None:
    assert [counted(0, "file"), counted(1, "file"), counted(2000, "file")] == ["0 files", "1 file", "2,000 files"]
