"""Files read by the workers of a Dask cluster that see the same mount: `analyse --on dask://HOST:PORT`.

Dask places the batches, and gives those of a lost worker to another one; here they are only handed out, a few at a time
to each worker. On a worker a batch is read as at home, in a process of its own that may crash.
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, TypeVar

from py_image_dedup.analysis.file_analyser import FileAnalyser
from py_image_dedup.analysis.limits import AnalysisLimits
from py_image_dedup.model.errors import DedupError, MissingExtra, SettingsError
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import Analysed, ImageRecord

SCHEME = "dask://"
FILES_AT_ONCE = 64  # of one batch: 2 s of work beside 0.3 s for the process that does it
BATCHES_A_THREAD = 2  # handed out: one in work, one that waits
RETRIES = 3
CONNECT_S = 30

Item = TypeVar("Item")
Result = TypeVar("Result")
Versions = tuple[tuple[str, int], ...]
Read = list[tuple[Analysed, float]]  # results, and the seconds each took


@dataclass(slots=True)
class ClusterAnalyser:
    """An `Analyser` whose files are read by the cluster at `address`; what needs few files is done by `here`.

    `analyse` raises SettingsError where the cluster cannot be used, DedupError where it is lost.
    """

    address: str  # dask://HOST:PORT
    here: FileAnalyser
    limits: AnalysisLimits
    methods: tuple[str, ...]
    last_s: float = field(default=0.0, init=False)

    @property
    def versions(self) -> tuple[tuple[str, int], ...]:
        """See `Analyser`."""
        return self.here.versions

    def analyse(self, files: Iterable[ImageFile]) -> Iterator[Analysed]:
        """One result a file, in any order. A batch whose workers all died is read here."""
        rest = iter(files)
        first = list(islice(rest, FILES_AT_ONCE))
        if first:
            with _client(self.address) as client:
                yield from self._handed_out(client, first, rest)

    def digests(self, files: Iterable[ImageFile]) -> Iterator[tuple[ImageFile, bytes | None]]:
        """See `Analyser`."""
        return self.here.digests(files)

    def sound(self, records: Iterable[ImageRecord]) -> Iterator[tuple[ImageRecord, str | None]]:
        """See `Analyser`."""
        return self.here.sound(records)

    def _handed_out(self, client: Any, first: list[ImageFile], rest: Iterator[ImageFile]) -> Iterator[Analysed]:
        batches: dict[str, list[ImageFile]] = {}
        done = _library().as_completed(loop=client.loop)
        for batch in [first, *islice(_batches(rest), _batches_out(client) - 1)]:
            done.add(self._submitted(client, batch, batches))
        for future in done:
            batch = batches.pop(future.key)
            if following := list(islice(rest, FILES_AT_ONCE)):
                done.add(self._submitted(client, following, batches))
            yield from self._results(future, batch)

    def _submitted(self, client: Any, batch: list[ImageFile], batches: dict[str, list[ImageFile]]) -> Any:
        task = (read_batch, self.versions, self.limits, self.methods, batch)
        with _loss_told(self.address):
            future = client.submit(*task, pure=False, retries=RETRIES)
        batches[future.key] = batch
        return future

    def _results(self, future: Any, batch: Sequence[ImageFile]) -> Iterator[Analysed]:
        try:
            with _loss_told(self.address):
                read = future.result()
        except _library().KilledWorker:
            for result in self.here.analyse(batch):
                self.last_s = self.here.last_s
                yield result
            return
        for result, seconds in read:
            self.last_s = seconds
            yield result


def read_batch(
    versions: Versions, limits: AnalysisLimits, methods: tuple[str, ...], files: Sequence[ImageFile]
) -> Read:
    """On a worker: one result a file. Another machine knows the mount by another device and other inodes.

    `versions` are those of the methods where the results are used; raises DedupError where they are others here.
    """
    analyser = FileAnalyser(1, limits, methods)
    if analyser.versions != versions:
        raise DedupError(
            f"A worker reads with {analyser.versions}, not with {versions}; install the same version there."
        )
    seen = {file.path: file for file in files}
    results = analyser.analyse([_as_seen_here(file) for file in files])
    return [(replace(result, file=seen[result.file.path]), analyser.last_s) for result in results]


def done_on(address: str, task: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """What `task` gives for each item, in any order, by the cluster at `address`; a few items at a time are handed out.

    Raises SettingsError where the cluster cannot be used, DedupError where it or too many workers are lost.
    """
    rest = iter(items)
    with _client(address) as client:
        first = [client.submit(task, item, pure=False, retries=RETRIES) for item in islice(rest, _batches_out(client))]
        done = _library().as_completed(first, loop=client.loop)
        for future in done:
            with _loss_told(address, _library().KilledWorker):
                for item in islice(rest, 1):
                    done.add(client.submit(task, item, pure=False, retries=RETRIES))
                result = future.result()
            yield result


@contextmanager
def _loss_told(address: str, *more: type[Exception]) -> Iterator[None]:
    """Inside, what the client raises where the scheduler is gone becomes a sentence."""
    losses: tuple[type[Exception], ...] = (OSError, RuntimeError, CancelledError, *more)
    try:
        yield
    except losses as error:
        told = str(error).splitlines()[0].rstrip(".") or type(error).__name__
        raise DedupError(f"The cluster at {address} was lost ({told}); start again.") from error


def _as_seen_here(file: ImageFile) -> ImageFile:
    try:
        status = os.lstat(file.path)
    except OSError:
        return file
    return replace(file, device=status.st_dev, inode=status.st_ino)


def _batches(files: Iterator[ImageFile]) -> Iterator[list[ImageFile]]:
    while batch := list(islice(files, FILES_AT_ONCE)):
        yield batch


def _batches_out(client: Any) -> int:
    threads = sum(client.nthreads().values())
    if not threads:
        raise SettingsError(["The Dask cluster has no worker; start one with: dask worker HOST:PORT"])
    return BATCHES_A_THREAD * int(threads)


@contextmanager
def _client(address: str) -> Iterator[Any]:
    library = _library()
    if not address.startswith(SCHEME):
        raise SettingsError([f"{address!r} is no cluster; write {SCHEME}HOST:PORT."])
    try:
        client = library.Client(f"tcp://{address.removeprefix(SCHEME)}", timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise SettingsError(
            [f"There is no Dask scheduler at {address} ({error}); start one with: dask scheduler"]
        ) from error
    with client:
        yield client


def _library() -> Any:
    try:
        import distributed
    except ModuleNotFoundError as error:
        raise MissingExtra("Analysing on a Dask cluster", "dask") from error
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # a lost scheduler is a sentence of ours
    return distributed
