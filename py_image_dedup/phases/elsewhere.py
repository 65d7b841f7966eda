"""Which files of this host have a copy on another host of the same index: to be shown, never to be acted on.

The pictures of another host cannot be opened here, so nothing is compared: the same bytes are told by their digest,
near copies by their fingerprints. No plan is made of it; a file goes only for one of this host that was verified.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

from py_image_dedup.matching.candidates.by_hash import PDQ
from py_image_dedup.model.elsewhere import CopyElsewhere, OnHost
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import Candidate, Comparison, Evidence, Relation
from py_image_dedup.model.ports import CandidateIndex, RecordStore

Item = TypeVar("Item")
Others = Callable[[], Iterable[OnHost]]


@dataclass(frozen=True, slots=True)
class CopiesElsewhere:
    """Asks `others` for the files of other hosts; it raises StoreUnavailable where it has no complete answer.

    `store` remembers what was found, so that only new files are searched.
    """

    store: RecordStore
    index: CandidateIndex
    others: Others

    def __call__(self, records: Sequence[ImageRecord]) -> tuple[CopyElsewhere, ...]:
        """The copies of these files of this host, by path; of each, the same bytes first, then the nearest."""
        ours, theirs = _by_content(records, lambda record: record), _by_content(self.others(), lambda o: o.record)
        found = [*_same(ours, theirs), *self._near(ours, theirs)]
        return tuple(sorted((copy for one, copy in found if not _is_one_file(one, copy.other.record.file)), key=_order))

    def _near(
        self, ours: dict[bytes, list[ImageRecord]], theirs: dict[bytes, list[OnHost]]
    ) -> Iterator[tuple[ImageFile, CopyElsewhere]]:
        known = {content: records[0] for content, records in ours.items()}
        versions = {_version(record) for record in known.values()}
        for content, others in theirs.items():
            if content not in known and _version(others[0].record) in versions:
                known[content] = others[0].record
        for near in self._compared(known) if theirs else ():
            for content, other in ((near.left, near.right), (near.right, near.left)):
                for one, their in product(ours.get(content, ()), theirs.get(other, ())):
                    copy = CopyElsewhere(one.file.path, their, same_bytes=False, distance=near.evidence.distance)
                    yield one.file, copy

    def _compared(self, known: dict[bytes, ImageRecord]) -> Iterator[Comparison]:
        """All near pairs among these contents."""
        method = f"{self.index.method}+elsewhere"
        new = sorted(known.keys() - self.store.searched(known.keys(), method))
        if new:
            found = self.index.candidates([known[content] for content in new], list(known.values()))
            self.store.remember(method, map(_by_fingerprint, found), new)
        yield from self.store.comparisons(known.keys(), method)


def nowhere(_: Sequence[ImageRecord]) -> tuple[CopyElsewhere, ...]:
    """There are no other hosts, or nobody asked for them."""
    return ()


def _by_content(items: Iterable[Item], record_of: Callable[[Item], ImageRecord]) -> dict[bytes, list[Item]]:
    found: defaultdict[bytes, list[Item]] = defaultdict(list)
    for item in items:
        found[record_of(item).sha256].append(item)
    return dict(found)


def _version(record: ImageRecord) -> int | None:
    """Fingerprints of different versions are not comparable: hosts may run different versions of this program."""
    fingerprint = record.fingerprint(PDQ)
    return None if fingerprint is None else fingerprint.version


def _same(
    ours: dict[bytes, list[ImageRecord]], theirs: dict[bytes, list[OnHost]]
) -> Iterator[tuple[ImageFile, CopyElsewhere]]:
    for content in ours.keys() & theirs.keys():
        for one, other in product(ours[content], theirs[content]):
            yield one.file, CopyElsewhere(one.file.path, other, same_bytes=True, distance=0.0)


def _by_fingerprint(near: Candidate) -> Comparison:
    words = "near by fingerprint, not compared"
    return Comparison(near.left, near.right, Relation.LOOK_ALIKE, Evidence(words, near.distance))


def _is_one_file(one: ImageFile, other: ImageFile) -> bool:
    """Whether both hosts see the very same file, on a share that both mount: inode and time of change are the server's.

    A copy has a time of change of its own.
    """
    return (one.inode, one.ctime_ns, one.mtime_ns, one.size) == (
        other.inode,
        other.ctime_ns,
        other.mtime_ns,
        other.size,
    )


def _order(copy: CopyElsewhere) -> tuple[str, bool, float, str, str]:
    return copy.path, not copy.same_bytes, copy.distance, copy.other.host, copy.other.record.file.path
