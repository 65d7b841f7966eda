"""The answer of `find`, as lines for a person and as values for JSON."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from py_image_dedup.model.questions import Finding, FindReport, Presence
from py_image_dedup.reports.names import counted, printable

_WORDS = {
    Presence.FOUND: "in the library",
    Presence.SMALLER: "only smaller",
    Presence.RELATED: "only related",
    Presence.NEW: "new",
}


def find_lines(report: FindReport) -> Iterator[str]:
    """A line a file, below it the file of the library that answers; at the end the sum."""
    for finding in report.findings:
        yield f"{_WORDS[finding.presence]:<15} {printable(finding.file.path)}"
        if finding.nearest is not None and finding.match is not None:
            relation, words = finding.match.relation.value, printable(finding.match.evidence.words)
            yield f"{'':<15}   {relation} of {printable(finding.nearest.file.path)}: {words}"
    for file in report.unreadable:
        yield f"{'unreadable':<15} {printable(file.file.path)}: {file.kind.value}, {printable(file.reason)}"
    for path, reason in report.not_walked:
        yield f"{'not looked at':<15} {printable(path)}: {printable(reason)}"
    counts = Counter(finding.presence for finding in report.findings)
    told = ", ".join(f"{counts[presence]:,} {words}" for presence, words in _WORDS.items() if counts[presence])
    yield f"{counted(len(report.findings), 'file')} asked for among {report.library:,}: {told or 'no pictures'}"


def find_values(report: FindReport) -> dict[str, Any]:
    """The same for JSON; `None` where there is nothing."""
    return {
        "files": [_values(finding) for finding in report.findings],
        "errors": [
            *({"path": u.file.path, "kind": u.kind.value, "reason": u.reason} for u in report.unreadable),
            *({"path": path, "kind": "not looked at", "reason": reason} for path, reason in report.not_walked),
        ],
        "library": report.library,
        "all_found": report.all_found,
    }


def _values(finding: Finding) -> dict[str, Any]:
    nearest, match = finding.nearest, finding.match
    return {
        "path": finding.file.path,
        "presence": finding.presence.value,
        "nearest": nearest.file.path if nearest else None,
        "relation": match.relation.value if match else None,
        "evidence": asdict(match.evidence) if match else None,
    }
