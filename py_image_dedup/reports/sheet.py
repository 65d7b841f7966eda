"""One row a file of every group, as CSV for a spreadsheet.

Paths stand as they are. Write the lines with `encoding="utf-8", errors="surrogateescape", newline=""`, and names that
are not UTF-8 keep their bytes.
"""

import csv
import io
from collections.abc import Iterator, Sequence

from py_image_dedup.model.matches import Member
from py_image_dedup.model.plans import Plan

COLUMNS = (
    *("group", "rank", "action", "path", "relation", "evidence", "rule", "note"),
    *("distance", "bytes", "width", "height", "format", "taken_at", "camera"),
)
# A cell that begins so would be computed by a spreadsheet instead of shown.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(plan: Plan) -> Iterator[str]:
    """The header and one line a member, each with its line end; a name with a newline in it is quoted."""
    yield _line(COLUMNS)
    for number, group in enumerate(plan.groups, 1):
        yield from (_line(_row(number, member)) for member in group.members)


def _row(group: int, member: Member) -> Sequence[object]:
    file, facts, match = member.record.file, member.record.facts, member.match
    return (
        *(group, member.rank, member.verb.value, file.path),
        *(match.relation.value if match else "", match.evidence.words if match else "", member.rule, member.note),
        *(match.evidence.distance if match else "", file.size, facts.width, facts.height),
        *(facts.format, facts.taken_at or "", facts.camera or ""),
    )


def _line(cells: Sequence[object]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([_harmless(cell) for cell in cells])
    return text.getvalue()


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
