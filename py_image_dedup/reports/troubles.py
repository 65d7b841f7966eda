"""What could not be looked at, with the reason; and how much was passed over, by reason."""

from collections import Counter
from collections.abc import Iterator, Sequence

from py_image_dedup.model.files import NotWalked, PassedOver
from py_image_dedup.model.images import Unreadable
from py_image_dedup.model.outcomes import RunReport
from py_image_dedup.reports.names import printable

# The walk names the other path of each; as a count that would be one line a file.
_NAMES_A_PATH = "the same file as "
_ANOTHER_PATH = "the same file by another path"


def troubles(report: RunReport) -> Iterator[str]:
    """The end of a report: unreadable files, places not walked, and counts of what was passed over."""
    yield from _unreadable(report.unreadable)
    yield from _not_walked(report.not_walked)
    yield from passed_over(report.passed_over)


def passed_over(entries: Sequence[PassedOver]) -> Iterator[str]:
    """Counts by reason, the most frequent first."""
    if not entries:
        return
    reasons = Counter(_ANOTHER_PATH if e.reason.startswith(_NAMES_A_PATH) else e.reason for e in entries)
    yield f"Passed over: {len(entries):,}"
    yield from (f"{n:>9,}  {printable(r)}" for r, n in sorted(reasons.items(), key=lambda item: (-item[1], item[0])))


def _unreadable(files: Sequence[Unreadable]) -> Iterator[str]:
    if files:
        yield f"Files that could not be read: {len(files):,}"
    for unreadable in sorted(files, key=lambda u: u.file.path):
        reason = f"{unreadable.kind.value}: {unreadable.reason}" if unreadable.reason else unreadable.kind.value
        yield f"  {printable(unreadable.file.path)}: {printable(reason)}"


def _not_walked(places: Sequence[NotWalked]) -> Iterator[str]:
    if places:
        yield f"Places that could not be looked at (nothing below them counts as gone): {len(places):,}"
    yield from (f"  {printable(place.path)}: {printable(place.reason)}" for place in places)
