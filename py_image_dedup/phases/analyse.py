"""Phase 3: a new or changed file becomes a record; an unchanged one costs the `lstat` of the walk.

Results are stored in batches as they come, so that a run that is stopped goes on where it was.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from time import monotonic

from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import Analysed, ImageRecord, StoredRecord, Unreadable
from py_image_dedup.model.ports import Analyser, Listener, RecordStore
from py_image_dedup.phases.lean import lean
from py_image_dedup.phases.moved import moved_results
from py_image_dedup.phases.postponed import Postponement

LOOK_UP_BATCH = 10_000
STORE_BATCH = 200
STORE_INTERVAL_S = 5.0  # a batch of slow files is stored after this time, so that a kill costs seconds of work
Versions = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What phase 3 knows of the files that count, in path order."""

    records: tuple[ImageRecord, ...]
    unreadable: tuple[Unreadable, ...]
    analysed: int  # files read in this run
    unchanged: int  # files whose stored result was taken
    missing: int = 0  # files without a usable record, where reading was skipped
    waiting: int = 0  # files of which an earlier version's signature says that they have no copy


def analyse(
    files: Sequence[ImageFile],
    store: RecordStore,
    analyser: Analyser,
    listener: Listener,
    postponement: Postponement | None = None,
) -> Analysis:
    """Read what is new or changed, store it, and give the records of all `files` but those that may wait."""
    known = stored_results(files, store, analyser.versions)
    for batch in _batches([file for file in files if file.path not in known]):
        known |= {path: lean(result) for path, result in moved_results(batch, store, analyser).items()}
    fresh = [file for file in files if file.path not in known]
    listener.advanced(len(known))
    waiting = [] if postponement is None else postponement.may_wait(fresh, files, known.values())
    if postponement is None or not waiting:
        read = {result.file.path: result for result in _read(fresh, store, analyser, listener)}
        return _sorted_out(files, known | read, analysed=len(read))
    read, left = _read_where_near(fresh, waiting, known, store, postponement, listener)
    return _sorted_out(files, known | read, analysed=len(read), waiting=left)


def _read_where_near(
    fresh: Sequence[ImageFile],
    waiting: Sequence[ImageFile],
    known: dict[str, Analysed],
    store: RecordStore,
    postponement: Postponement,
    listener: Listener,
) -> tuple[dict[str, Analysed], int]:
    """What does not wait, then what is near to it or to each other; and how many are left."""
    may_wait = {file.path for file in waiting}
    at_once = [file for file in fresh if file.path not in may_wait]
    read = {r.file.path: r for r in _read(at_once, store, postponement.analyser, listener)}
    near = postponement.to_read(waiting, (known | read).values())
    read |= {r.file.path: r for r in _read(near, store, postponement.analyser, listener)}
    left = may_wait - {file.path for file in near}
    listener.advanced(len(left))
    postponement.remember([file for file in waiting if file.path in left], (known | read).values())
    return read, len(left)


def recall(files: Sequence[ImageFile], store: RecordStore, versions: Versions) -> Analysis:
    """The same without reading anything: files without a usable record are left out and counted."""
    return _sorted_out(files, stored_results(files, store, versions), analysed=0)


def stored_results(files: Sequence[ImageFile], store: RecordStore, versions: Versions) -> dict[str, Analysed]:
    """The stored results that still hold, by path, with the file as it is seen now."""
    return {file.path: result for batch in _batches(files) for file, result in _usable(batch, store, versions)}


def still_holds(stored: StoredRecord, file: ImageFile, versions: Versions) -> bool:
    """Whether size, time, inode and every method's version are as when the result was made."""
    was = stored.result.file
    same_file = (was.size, was.mtime_ns, was.inode) == (file.size, file.mtime_ns, file.inode)
    return same_file and set(versions) <= set(stored.versions)


def without_exif(record: ImageRecord) -> ImageRecord:
    """The record as if the file had no EXIF data, but for the orientation, which says how it is shown."""
    return replace(record, facts=replace(record.facts, exif_entries=0, taken_at=None, camera=None, gps=None))


def _batches(files: Sequence[ImageFile]) -> Iterator[Sequence[ImageFile]]:
    return (files[start : start + LOOK_UP_BATCH] for start in range(0, len(files), LOOK_UP_BATCH))


def _usable(batch: Sequence[ImageFile], store: RecordStore, versions: Versions) -> Iterator[tuple[ImageFile, Analysed]]:
    stored = store.get_many([file.path for file in batch])
    for file in batch:
        found = stored.get(file.path)
        if found is not None and still_holds(found, file, versions):
            yield file, lean(replace(found.result, file=file))


def _read(files: Iterable[ImageFile], store: RecordStore, analyser: Analyser, listener: Listener) -> Iterator[Analysed]:
    waiting: list[StoredRecord] = []
    stored_at_s = monotonic()
    try:
        for result in analyser.analyse(files):
            listener.file_analysed(result)
            listener.file_took(analyser.last_s)
            listener.advanced()
            if isinstance(result, ImageRecord) or result.kind.lasts:
                waiting.append(StoredRecord(result, analyser.versions))
            if len(waiting) >= STORE_BATCH or monotonic() - stored_at_s > STORE_INTERVAL_S:
                store.put_many(waiting)
                waiting, stored_at_s = [], monotonic()
            yield lean(result)
    finally:
        store.put_many(waiting)


def _sorted_out(files: Sequence[ImageFile], results: dict[str, Analysed], analysed: int, waiting: int = 0) -> Analysis:
    present = [results[file.path] for file in files if file.path in results]
    return Analysis(
        records=tuple(r for r in present if isinstance(r, ImageRecord)),
        unreadable=tuple(r for r in present if isinstance(r, Unreadable)),
        analysed=analysed,
        unchanged=len(present) - analysed,
        missing=len(files) - len(present) - waiting,
        waiting=waiting,
    )
