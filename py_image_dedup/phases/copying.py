"""What `copy-out` copies: everything but what the plan would take away."""

from collections.abc import Iterable

from py_image_dedup.model.files import Walk
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.plans import Plan, Subject


def staying(walked: Walk, records: Iterable[ImageRecord], plan: Plan) -> list[Subject]:
    """Pictures, readable or not, and what belongs to them, in path order; without a digest where none is known."""
    going = {subject.file.path for removal in plan.removals for subject in (removal.victim, *removal.companions)}
    known = {record.file.path: record.sha256 for record in records}
    files = sorted((*walked.files, *walked.companions), key=lambda file: file.path)
    return [Subject(file, known.get(file.path, b"")) for file in files if file.path not in going]
