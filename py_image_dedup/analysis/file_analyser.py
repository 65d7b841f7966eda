"""The port `Analyser`: files and records go to worker processes, results come back."""

from collections.abc import Iterable, Iterator
from functools import partial

from py_image_dedup.analysis.fingerprints import VERSIONS
from py_image_dedup.analysis.limits import AnalysisLimits
from py_image_dedup.analysis.worker import WorkerFailure
from py_image_dedup.analysis.workers import WorkerPool
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import Analysed, ImageRecord, Unreadable

# Grows when `ImageFacts` of an unchanged file may come out differently.
FACTS_VERSION = 3
# For pictures below the floor of detail, which are compared by nothing else; it gives no value for the others.
ALWAYS = ("pixels",)


def _analysed(methods: tuple[str, ...], file: ImageFile) -> Analysed:
    """In the worker, where loading the picture libraries does not cost the parent."""
    from py_image_dedup.analysis.analyse import analyse_file

    return analyse_file(file, methods)


def _digest(file: ImageFile) -> bytes | None:
    from py_image_dedup.analysis.analyse import file_digest

    return file_digest(file)


def _soundness(record: ImageRecord) -> str | None:
    from py_image_dedup.analysis.analyse import record_soundness

    return record_soundness(record)


class FileAnalyser:
    """Reads files in `workers` processes. Those are started when there is work and end with it.

    `methods` are names of fingerprint methods (`fingerprints.method.registered`); "pixels" is always among them.
    """

    def __init__(self, workers: int, limits: AnalysisLimits, methods: tuple[str, ...] = ("pdq",)) -> None:
        self._workers = workers
        self._limits = limits
        self._methods = tuple(sorted({*methods, *ALWAYS}))
        self._last_s = 0.0

    @property
    def last_s(self) -> float:
        """How long the file whose result `analyse` gave last took its worker."""
        return self._last_s

    @property
    def versions(self) -> tuple[tuple[str, int], ...]:
        """The (method, version) pairs a fresh record must carry, sorted; "facts" stands for `ImageFacts`."""
        return tuple(sorted([("facts", FACTS_VERSION), *((name, VERSIONS[name]) for name in self._methods)]))

    def analyse(self, files: Iterable[ImageFile]) -> Iterator[Analysed]:
        """One result a file, in any order."""
        with WorkerPool(partial(_analysed, self._methods), self._workers, self._limits) as pool:
            for file, answer in pool.map(files):
                self._last_s = pool.last_s
                yield Unreadable(file, answer.kind, answer.reason) if isinstance(answer, WorkerFailure) else answer

    def digests(self, files: Iterable[ImageFile]) -> Iterator[tuple[ImageFile, bytes | None]]:
        """The SHA-256 of each file, None where it cannot be read or was changed meanwhile. In any order."""
        with WorkerPool(_digest, self._workers, self._limits) as pool:
            for file, answer in pool.map(files):
                yield file, None if isinstance(answer, WorkerFailure) else answer

    def sound(self, records: Iterable[ImageRecord]) -> Iterator[tuple[ImageRecord, str | None]]:
        """Decode each picture completely; the reason where that fails, None where it is sound. In any order."""
        with WorkerPool(_soundness, self._workers, self._limits) as pool:
            for record, answer in pool.map(records):
                yield record, answer.reason if isinstance(answer, WorkerFailure) else answer
