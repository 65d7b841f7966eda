"""Copies on other hosts, as lines for a person. They are shown only: nothing is done about them."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from py_image_dedup.model.elsewhere import CopyElsewhere
from py_image_dedup.reports.names import counted, mebibytes, printable

_HEADER = f"{'Host':<16}{'Dist':>6}{'Filesize MiB':>14}{'Pixels':>12}  File path"


def elsewhere_lines(copies: Sequence[CopyElsewhere]) -> Iterator[str]:
    """One table for all files of this host that have a copy elsewhere; nothing where none has."""
    if not copies:
        return
    files = len({copy.path for copy in copies})
    yield f"Copies of {counted(files, 'file')} on other hosts of this index, as these last read them."
    yield "Nothing is done about them: a file goes only for one that stays on this host."
    yield _HEADER
    for path, found in groupby(copies, key=lambda copy: copy.path):
        yield printable(path)
        yield from map(_row, found)


def _row(copy: CopyElsewhere) -> str:
    record = copy.other.record
    distance = "same" if copy.same_bytes else f"{copy.distance:.3f}"
    pixels = f"{record.facts.width}x{record.facts.height}"
    host = printable(copy.other.host)
    return f"  {host:<14}{distance:>6}{mebibytes(record.file.size):>14}{pixels:>12}  {printable(record.file.path)}"
