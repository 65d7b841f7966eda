"""The index in a dict: for tests, and the obvious reference that every other store must agree with."""

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import ImageRecord, StoredRecord
from py_image_dedup.model.matches import Comparison


class MemoryStore:
    """A `RecordStore` that ends with the process."""

    def __init__(self) -> None:
        self._records: dict[str, StoredRecord] = {}
        self._comparisons: dict[tuple[str, bytes, bytes], Comparison] = {}
        self._searched: set[tuple[str, bytes]] = set()
        self._soundness: dict[tuple[str, bytes], str | None] = {}

    def get_many(self, paths: Sequence[str]) -> dict[str, StoredRecord]:
        """The stored records of those of `paths` that have one."""
        return {path: self._records[path] for path in paths if path in self._records}

    def put_many(self, records: Iterable[StoredRecord]) -> None:
        """Insert or replace by path, all or nothing."""
        self._records.update({stored.result.file.path: _without_root(stored) for stored in records})

    def remove(self, paths: Iterable[str]) -> None:
        """Forget these paths; unknown ones are no error."""
        for path in list(paths):
            self._records.pop(path, None)

    def under(self, roots: Sequence[str]) -> Iterator[StoredRecord]:
        """All records whose path lies below one of `roots`, in the order of the paths' bytes."""
        above = tuple(root.rstrip(os.sep) + os.sep for root in roots)
        found = [stored for path, stored in self._records.items() if path.startswith(above)]
        yield from sorted(found, key=lambda stored: os.fsencode(stored.result.file.path))

    def by_stat(self, files: Collection[ImageFile]) -> Iterator[StoredRecord]:
        """All pictures' records whose size and mtime are those of one of `files`."""
        wanted = {(file.size, file.mtime_ns) for file in files}
        for stored in list(self._records.values()):
            file = stored.result.file
            if isinstance(stored.result, ImageRecord) and (file.size, file.mtime_ns) in wanted:
                yield stored

    def files_under(self, roots: Sequence[str]) -> Iterator[ImageFile]:
        """The files of the same records, in the same order."""
        return (stored.result.file for stored in self.under(roots))

    def searched(self, contents: Collection[bytes], method: str) -> set[bytes]:
        """Those of `contents` that were searched with this method."""
        return {content for content in contents if (method, content) in self._searched}

    def comparisons(self, contents: Collection[bytes], method: str) -> Iterator[Comparison]:
        """All remembered comparisons of which both sides are in `contents`, ordered by (left, right)."""
        wanted = set(contents)
        for key, comparison in sorted(self._comparisons.items(), key=lambda item: item[0]):
            if key[0] == method and comparison.left in wanted and comparison.right in wanted:
                yield comparison

    def remember(self, method: str, comparisons: Iterable[Comparison], searched: Iterable[bytes]) -> None:
        """Keep comparisons and mark contents as searched, all or nothing."""
        kept = {(method, c.left, c.right): c for c in comparisons}
        marks = {(method, content) for content in searched}
        self._comparisons.update(kept)
        self._searched.update(marks)

    def soundness(self, contents: Collection[bytes], method: str) -> dict[bytes, str | None]:
        """Of `contents`, those that were decoded completely before: None where sound, else the reason."""
        return {c: self._soundness[method, c] for c in contents if (method, c) in self._soundness}

    def remember_soundness(self, method: str, answers: Iterable[tuple[bytes, str | None]]) -> None:
        """Keep the answers of complete decodes."""
        self._soundness.update({(method, content): reason for content, reason in answers})

    def close(self) -> None:
        """Nothing to release."""


def _without_root(stored: StoredRecord) -> StoredRecord:
    """A root belongs to a walk, not to a file: the next walk may have other roots."""
    return replace(stored, result=replace(stored.result, file=replace(stored.result.file, root="")))
