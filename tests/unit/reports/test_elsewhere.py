import os

from py_image_dedup.model.elsewhere import CopyElsewhere, OnHost
from py_image_dedup.reports.elsewhere import elsewhere_lines
from tests.support.records import record


def copy(path: str, other: str, distance: float = 0.0, host: str = "cellar") -> CopyElsewhere:
    found = record(other, width=4000, height=3000, size=4_200_000)
    return CopyElsewhere(path, OnHost(host, found), same_bytes=not distance, distance=distance)


def test_each_file_of_this_host_stands_above_its_copies() -> None:
    copies = [copy("/a/1.jpg", "/c/1.jpg"), copy("/a/1.jpg", os.fsdecode(b"/c/\xff.jpg"), 0.04), copy("/a/2", "/c/2")]

    assert list(elsewhere_lines(copies)) == [
        "Copies of 2 files on other hosts of this index, as these last read them.",
        "Nothing is done about them: a file goes only for one that stays on this host.",
        "Host              Dist  Filesize MiB      Pixels  File path",
        "/a/1.jpg",
        "  cellar          same          4.01   4000x3000  /c/1.jpg",
        r"  cellar         0.040          4.01   4000x3000  /c/\xff.jpg",
        "/a/2",
        "  cellar          same          4.01   4000x3000  /c/2",
    ]


def test_a_name_that_steers_the_terminal_is_made_visible() -> None:
    lines = list(elsewhere_lines([copy("/a/\x1b[2J", "/c/\n", host="cell\x1bar")]))

    assert not any(char in line for line in lines for char in "\x1b\n")


def test_where_there_is_none_nothing_is_said() -> None:
    assert list(elsewhere_lines([])) == []
