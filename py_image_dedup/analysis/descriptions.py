"""What many files say about their pictures, read in worker processes: metadata come from strangers."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from py_image_dedup.analysis.limits import AnalysisLimits
from py_image_dedup.analysis.worker import WorkerFailure
from py_image_dedup.analysis.workers import WorkerPool
from py_image_dedup.model.descriptions import Description
from py_image_dedup.model.images import ImageRecord

T = TypeVar("T")


def described(path: str) -> Description | None:
    """What a file says; None where it cannot be read. To be called in a worker."""
    from py_image_dedup.analysis.description import description_of
    from py_image_dedup.analysis.trouble import Trouble

    try:
        return description_of(path)
    except Trouble:
        return None


def pixels_digest(path: str) -> bytes | None:
    """The digest of everything that a file shows; None where it cannot be read. To be called in a worker."""
    from py_image_dedup.analysis.trouble import Trouble
    from py_image_dedup.analysis.whole import pixel_digest

    try:
        return pixel_digest(path)
    except Trouble:
        return None


def read_apart(read: Callable[[str], T | None], limits: AnalysisLimits, path: str) -> T | None:
    """What `read` gives of a file, in a process of its own; None where that fails."""
    with WorkerPool(read, 1, limits) as pool:
        ((_, answer),) = pool.map([path])
    return None if isinstance(answer, WorkerFailure) else answer


def _of_record(record: ImageRecord) -> tuple[bool, Description | None]:
    """Whether the file still has the content of the record, and what it says."""
    from py_image_dedup.analysis.content import read_content
    from py_image_dedup.analysis.description import content_description
    from py_image_dedup.analysis.trouble import Trouble

    try:
        content = read_content(record.file.path)
        return content.sha256 == record.sha256, content_description(content)
    except Trouble as trouble:
        return trouble.kind.lasts, None


@dataclass(frozen=True, slots=True)
class DescriptionReader:
    """Reads with `workers` processes; those are started when there is work and end with it."""

    workers: int
    limits: AnalysisLimits

    def __call__(self, records: Iterable[ImageRecord]) -> Iterator[tuple[ImageRecord, Description | None]]:
        """An answer for each record whose content is still there, in any order; None where it cannot be read."""
        with WorkerPool(_of_record, self.workers, self.limits) as pool:
            for record, answer in pool.map(records):
                is_that, said = (True, None) if isinstance(answer, WorkerFailure) else answer
                if is_that:
                    yield record, said
