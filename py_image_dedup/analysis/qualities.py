"""Whole pictures measured in worker processes, for those that have a copy."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from py_image_dedup.analysis.limits import AnalysisLimits
from py_image_dedup.analysis.worker import WorkerFailure
from py_image_dedup.analysis.workers import WorkerPool
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.quality import Quality


def _quality(record: ImageRecord) -> Quality | None:
    from py_image_dedup.analysis.quality import quality_of
    from py_image_dedup.analysis.trouble import Trouble

    try:
        return quality_of(record.file.path)
    except Trouble:
        return None


@dataclass(frozen=True, slots=True)
class QualityReader:
    """Measures pictures in `workers` processes; those are started when there is work and end with it."""

    workers: int
    limits: AnalysisLimits

    def __call__(self, records: Iterable[ImageRecord]) -> Iterator[tuple[ImageRecord, Quality | None]]:
        """One answer a record, in any order; None where it cannot be measured."""
        with WorkerPool(_quality, self.workers, self.limits) as pool:
            for record, answer in pool.map(records):
                yield record, None if isinstance(answer, WorkerFailure) else answer
