"""Files that are known by another path: a library that was renamed, mounted elsewhere or copied is not decoded again.

The same device, inode, size and mtime is the same file. The same size and mtime alone (another disk, a copy that kept
its times) takes a look at the content, at a tenth of the cost of a decode.
"""

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import Analysed, ImageRecord, StoredRecord
from py_image_dedup.model.ports import Analyser, RecordStore

Twins = Mapping[tuple[int, int], Sequence[StoredRecord]]


def moved_results(files: Sequence[ImageFile], store: RecordStore, analyser: Analyser) -> dict[str, Analysed]:
    """Results of those of `files` whose content was analysed under another path, stored under the new one as well."""
    versions = analyser.versions
    twins: defaultdict[tuple[int, int], list[StoredRecord]] = defaultdict(list)
    for stored in store.by_stat(files):
        if set(versions) <= set(stored.versions):
            twins[stored.result.file.size, stored.result.file.mtime_ns].append(stored)
    candidates = [file for file in files if _twins_of(file, twins)]
    found = dict(_by_inode(candidates, twins))
    found |= _by_content([file for file in candidates if file.path not in found], twins, analyser)
    store.put_many(StoredRecord(result, versions) for result in found.values())
    return found


def _by_inode(files: Sequence[ImageFile], twins: Twins) -> Iterator[tuple[str, Analysed]]:
    for file in files:
        same = (stored for stored in _twins_of(file, twins) if stored.result.file.identity == file.identity)
        if stored := next(same, None):
            yield file.path, replace(stored.result, file=file)


def _by_content(files: Sequence[ImageFile], twins: Twins, analyser: Analyser) -> dict[str, Analysed]:
    return {
        file.path: replace(stored.result, file=file)
        for file, digest in (analyser.digests(files) if files else ())
        for stored in _twins_of(file, twins)
        if isinstance(stored.result, ImageRecord) and stored.result.sha256 == digest
    }


def _twins_of(file: ImageFile, twins: Twins) -> list[StoredRecord]:
    """Records of the same size and mtime, and of the same suffix, which has a say in how a file is read."""
    suffix = _suffix(file)
    return [stored for stored in twins.get((file.size, file.mtime_ns), ()) if _suffix(stored.result.file) == suffix]


def _suffix(file: ImageFile) -> str:
    return os.path.splitext(file.path)[1].lower()
