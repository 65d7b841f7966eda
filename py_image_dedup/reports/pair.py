"""The answer of `compare`, as lines for a person and as values for JSON."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import Evidence
from py_image_dedup.model.questions import PairAnswer
from py_image_dedup.reports.names import mebibytes, printable

NOT_RELATED = "not related"


def pair_lines(answer: PairAnswer) -> Iterator[str]:
    """Relation first, then the grade, the numbers behind the relation, and both files."""
    relation = answer.relation.value if answer.relation else NOT_RELATED
    yield f"{relation}: {printable(answer.evidence.words)}"
    if answer.verdict is not None:
        yield f"judged by you: {answer.verdict.value}"
    yield f"grade: {_grade(answer)}"
    yield from (f"{name}: {value}" for name, value in _numbers(answer.evidence))
    yield f"A: {_file(answer.left)}"
    yield f"B: {_file(answer.right)}"


def pair_values(answer: PairAnswer) -> dict[str, Any]:
    """The same for JSON; `None` where there is nothing."""
    return {
        "relation": answer.relation.value if answer.relation else None,
        "grade": answer.grade,
        "no_grade": answer.no_grade or None,
        "evidence": asdict(answer.evidence),
        "verdict": answer.verdict.value if answer.verdict else None,
        "files": [_values(record) for record in (answer.left, answer.right)],
    }


def _grade(answer: PairAnswer) -> str:
    if answer.grade is None:
        return f"none, {answer.no_grade}"
    return "1" if answer.grade == 1 else f"{min(answer.grade, 0.9999):.4f}"


def _numbers(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """What was measured, in the words of a person; left out where it was not."""
    if evidence.correlation_p20 is None or evidence.correlation_p50 is None:
        return
    yield "fingerprint distance", f"{evidence.distance:.3f}"
    yield "local correlation", f"20th percentile {evidence.correlation_p20:.3f}, median {evidence.correlation_p50:.3f}"
    if evidence.difference is not None:
        yield "mean difference of brightness", f"{evidence.difference:.2f} of 255 after fitting the tone"
    if evidence.coverage_left is not None and evidence.coverage_right is not None:
        yield "shown of A by B, of B by A", f"{evidence.coverage_left:.1%}, {evidence.coverage_right:.1%}"
    if evidence.scale is not None:
        yield "side of B by side of A", f"{evidence.scale:.3f}"
    if evidence.differs_at is not None:
        x, y, width, height = evidence.differs_at
        yield "differs most at", f"x {x:.0%}, y {y:.0%}, {width:.0%} wide, {height:.0%} high (of A)"


def _file(record: ImageRecord) -> str:
    facts = record.facts
    quality = "" if facts.jpeg_quality is None else f" quality about {facts.jpeg_quality}"
    size = f"{facts.width}x{facts.height}, {facts.format}{quality}, {mebibytes(record.file.size)} MiB"
    return f"{size}  {printable(record.file.path)}"


def _values(record: ImageRecord) -> dict[str, Any]:
    facts = record.facts
    return {
        "path": record.file.path,
        "sha256": record.sha256.hex(),
        "size": record.file.size,
        "width": facts.width,
        "height": facts.height,
        "format": facts.format,
    }
