"""Scripted twins of the ports that phases work with."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import Analysed, ImageRecord
from py_image_dedup.model.matches import Candidate, Comparison, Evidence, Relation
from tests.support.records import record

VERSIONS = (("facts", 1), ("pdq", 1))


@dataclass
class ScriptedAnalyser:
    """Gives every file a record of its own content; `broken` holds contents that do not decode completely."""

    versions: tuple[tuple[str, int], ...] = VERSIONS
    last_s: float = 0.25
    results: dict[str, Analysed] = field(default_factory=dict)
    broken: frozenset[bytes] = frozenset()
    read: list[str] = field(default_factory=list)
    decoded: list[str] = field(default_factory=list)
    hashed: list[str] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)

    def analyse(self, files: Iterable[ImageFile]) -> Iterator[Analysed]:
        for file in files:
            self.read.append(file.path)
            made = record(file.path)
            yield self.results.get(file.path, ImageRecord(file, made.sha256, made.facts))

    def digests(self, files: Iterable[ImageFile]) -> Iterator[tuple[ImageFile, bytes | None]]:
        for file in files:
            self.hashed.append(file.path)
            yield file, self.contents.get(file.path)

    def sound(self, records: Iterable[ImageRecord]) -> Iterator[tuple[ImageRecord, str | None]]:
        for each in records:
            self.decoded.append(each.file.path)
            yield each, "cut off" if each.sha256 in self.broken else None


@dataclass
class EverythingIsACandidate:
    """All pairs of a new picture and any other."""

    method: str = "all-1"
    asked: list[int] = field(default_factory=list)

    def candidates(self, new: Iterable[ImageRecord], all_: Iterable[ImageRecord]) -> Iterator[Candidate]:
        fresh, present = {r.sha256 for r in new}, sorted(r.sha256 for r in all_)
        self.asked.append(len(fresh))
        pairs = ((a, b) for a in present for b in present if a < b and fresh & {a, b})
        return (Candidate(a, b, 1, 0.1) for a, b in pairs)


@dataclass
class EverythingIsTheSame:
    """Calls every pair the same picture; gives no answer for contents in `silent`."""

    silent: frozenset[bytes] = frozenset()
    compared: list[tuple[bytes, bytes]] = field(default_factory=list)

    def compare(self, pairs: Iterable[tuple[Candidate, ImageRecord, ImageRecord]]) -> Iterator[Comparison]:
        for candidate, left, right in pairs:
            if {left.sha256, right.sha256} & self.silent:
                continue
            self.compared.append((candidate.left, candidate.right))
            yield Comparison(candidate.left, candidate.right, Relation.SAME_PICTURE, Evidence("", 0.1))
