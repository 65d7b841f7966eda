"""Comparisons become stars: a file that stays, and files that each match it directly. No chains.

Stars form along the strongest relations first. Files that are the same picture gather around the best of them; stars of
turned and edited versions then join that of a better file, where every one of their files matches it; what is
only shown to a person joins last, and look-alikes stand in series of their own.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from py_image_dedup.matching.evidence.words import seen_from, words
from py_image_dedup.matching.groups.shots import of_their_shots
from py_image_dedup.matching.groups.wider import behind_wider, shows_more
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import REMOVABLE, Comparison, Evidence, Match, Relation, Star

Rank = Callable[[Sequence[ImageRecord], frozenset[bytes]], Sequence[ImageRecord]]
"""Records and damaged contents -> the same records, best first; a total order."""

SAME = frozenset({Relation.SAME_BYTES, Relation.SAME_PIXELS, Relation.SAME_PICTURE})
PIXELS = "pixels"
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class StarFormation:
    """Forms stars. `acted` holds the relations whose files go; pairs below different roots count if `across_dirs`."""

    rank: Rank
    acted: frozenset[Relation]
    across_dirs: bool

    def __call__(
        self, records: Sequence[ImageRecord], comparisons: Sequence[Comparison], damaged: frozenset[bytes]
    ) -> tuple[Star, ...]:
        """Stars in path order of their keepers; the same for every order of the input. No file stands in two."""
        links = _Links(records, of_their_shots(records, comparisons), across_dirs=self.across_dirs)
        stars: list[Star] = []
        for component in links.components():
            stars += _Component(self.rank(component, damaged), links, self.acted, damaged).stars()
        return tuple(sorted(stars, key=lambda star: star.keeper.file.path))


class _Links:
    """Which files are related, and how."""

    def __init__(self, records: Sequence[ImageRecord], comparisons: Sequence[Comparison], *, across_dirs: bool) -> None:
        self._across_dirs = across_dirs
        self._by_content: Mapping[bytes, list[ImageRecord]] = _grouped(
            (record.sha256, record) for record in sorted(records, key=lambda r: r.file.path)
        )
        self._by_pixels = _grouped((_pixels(found[0]), content) for content, found in self._by_content.items())
        self._compared: defaultdict[bytes, dict[bytes, Comparison]] = defaultdict(dict)
        for comparison in comparisons:
            both_here = comparison.left in self._by_content and comparison.right in self._by_content
            if comparison.relation is not None and both_here:
                self._compared[comparison.left][comparison.right] = comparison
                self._compared[comparison.right][comparison.left] = comparison

    def components(self) -> Iterator[list[ImageRecord]]:
        """Files linked directly or through others, two or more, in path order."""
        seen: set[bytes] = set()
        for content in sorted(self._by_content):
            if content in seen:
                continue
            reached = self._reached(content)
            seen |= reached
            files = [record for c in reached for record in self._by_content[c]]
            if len(files) > 1:
                yield sorted(files, key=lambda r: r.file.path)

    def _reached(self, content: bytes) -> set[bytes]:
        reached, open_ = {content}, [content]
        while open_:
            fresh = set(self._neighbours(open_.pop())) - reached
            reached |= fresh
            open_ += fresh
        return reached

    def _neighbours(self, content: bytes) -> list[bytes]:
        digest = _pixels(self._by_content[content][0])
        same_pixels = self._by_pixels[digest] if digest else []
        return [content, *same_pixels, *self._compared.get(content, ())]

    def files_near(self, record: ImageRecord) -> Iterator[tuple[ImageRecord, Match]]:
        """Every other file that is related to `record`, and how."""
        for content in dict.fromkeys(self._neighbours(record.sha256)):
            for other in self._by_content[content]:
                match = self.match(record, other)
                if match is not None:
                    yield other, match

    def match(self, keeper: ImageRecord, other: ImageRecord) -> Match | None:
        """Give the relation of `other` to `keeper`, or None where there is none or the roots forbid it."""
        if other.file == keeper.file or not (self._across_dirs or other.file.root == keeper.file.root):
            return None
        relation = self._relation_by_content(keeper, other)
        if relation is not None:
            return Match(relation, Evidence(words(keeper, other, relation, Evidence(""))))
        comparison = self._compared.get(keeper.sha256, {}).get(other.sha256)
        return None if comparison is None else seen_from(keeper, other, comparison)

    @staticmethod
    def _relation_by_content(keeper: ImageRecord, other: ImageRecord) -> Relation | None:
        if other.sha256 == keeper.sha256:
            return Relation.SAME_BYTES
        digest = _pixels(keeper)
        return Relation.SAME_PIXELS if digest and digest == _pixels(other) else None


@dataclass(slots=True)
class _Component:
    """Files linked with each other, best first, on their way into stars."""

    order: Sequence[ImageRecord]
    links: _Links
    acted: frozenset[Relation]
    damaged: frozenset[bytes]
    held: dict[str, dict[str, Match]] = field(default_factory=dict)  # head's path -> member's path -> match

    def stars(self) -> list[Star]:
        """Gather, join, lend, show, line up: strongest first."""
        self.held = {record.file.path: {} for record in self.order}
        self._gather(self.order, SAME & self.acted)
        self._join(self.order, self.acted)
        self._lend()
        self._gather(self._stars_first(), frozenset(REMOVABLE) - self.acted)
        self._gather(self._singles(), frozenset({Relation.LOOK_ALIKE}))
        return [self._star(record) for record in self.order if self.held.get(record.file.path)]

    def _stars_first(self) -> list[ImageRecord]:
        """Files that stay; those that others gathered around first, so that a larger framed copy becomes no keeper."""
        heads = [record for record in self.order if record.file.path in self.held]
        return sorted(heads, key=lambda record: not self.held[record.file.path])

    def _singles(self) -> list[ImageRecord]:
        return [record for record in self.order if self.held.get(record.file.path) == {}]

    def _gather(self, keepers: Sequence[ImageRecord], relations: frozenset[Relation]) -> None:
        """Let each of the files that stay, in this order, take the single files that are related to it so."""
        for keeper in keepers:
            held = self.held.get(keeper.file.path)
            if held is None:
                continue
            for other, match in self.links.files_near(keeper):
                if match.relation in relations and self.held.get(other.file.path) == {}:
                    del self.held[other.file.path]
                    held[other.file.path] = match

    def _join(self, keepers: Sequence[ImageRecord], relations: frozenset[Relation]) -> None:
        """Let each of the files that stay take whole stars behind it, if each of their files matches it."""
        keepers = self._widest_first(keepers) if Relation.EDITED in relations else keepers
        place = {record.file.path: n for n, record in enumerate(keepers)}
        for path, keeper in ((record.file.path, record) for record in keepers):
            if path not in self.held:
                continue
            near = {other.file.path: match for other, match in self.links.files_near(keeper)}
            for head in sorted(near.keys() & self.held.keys() & place.keys(), key=place.__getitem__):
                star = [head, *self.held[head]]
                may_go = (p in near and near[p].relation in relations and not shows_more(near[p]) for p in star)
                if place[head] > place[path] and all(may_go):
                    self.held[path] |= {p: near[p] for p in star}
                    del self.held[head]

    def _lend(self) -> None:
        """Let a file left alone take an edited copy that goes anyway, from a star that has others.

        As many files go as before, and each for one that it matches. But nobody would have told of what is left alone,
        though it is an edited version of one of the others. It stays itself: else what it matches might go next time.
        """
        place = {record.file.path: n for n, record in enumerate(self.order)}
        holder = {member: head for head, held in self.held.items() for member in held}
        alone = (single for single in self._singles() if single.sha256 not in self.damaged)
        for single in alone if Relation.EDITED in self.acted else ():
            near = {other.file.path: match for other, match in self.links.files_near(single) if _is_edit(match)}
            for path in sorted(near.keys() & holder.keys(), key=place.__getitem__, reverse=True):
                lender = self.held[holder[path]]
                if len(lender) > 1 and _is_edit(lender[path]):
                    del lender[path], holder[path]
                    self.held[single.file.path][path] = near[path]
                    break

    def _widest_first(self, keepers: Sequence[ImageRecord]) -> list[ImageRecord]:
        """Files that most others match, then in the order given; damaged ones last, and no crop before its whole.

        All edits match the whole plain picture; a crop of it and a framed copy, larger though it is, show too little of
        each other, and one of them would be left alone.
        """
        near = {r.file.path: [(o.file.path, match) for o, match in self.links.files_near(r)] for r in keepers}
        if not any(match.relation is Relation.EDITED for matches in near.values() for _, match in matches):
            return list(keepers)
        matched = {path: sum(m.relation in self.acted for _, m in matches) for path, matches in near.items()}
        wanted = sorted(keepers, key=lambda r: (r.sha256 in self.damaged, -matched[r.file.path]))
        sound = {r.file.path for r in keepers if r.sha256 not in self.damaged}
        wider = {path: {p for p, m in near[path] if p in sound and shows_more(m)} for path in near}
        by_path = {record.file.path: record for record in wanted}
        return [by_path[path] for path in behind_wider(list(by_path), wider)]

    def _star(self, keeper: ImageRecord) -> Star:
        held = self.held[keeper.file.path]
        return Star(keeper, tuple((r, held[r.file.path]) for r in self.order if r.file.path in held))


def _is_edit(match: Match) -> bool:
    """Whether the member is an edited version that may go."""
    return match.relation is Relation.EDITED and not shows_more(match)


def _pixels(record: ImageRecord) -> bytes:
    """Give the digest of the decoded picture, made at analysis where it carries too little to be compared; else b""."""
    fingerprint = record.fingerprint(PIXELS)
    return b"" if fingerprint is None else fingerprint.version.to_bytes(4, "big") + fingerprint.value


def _grouped(pairs: Iterable[tuple[bytes, Value]]) -> dict[bytes, list[Value]]:
    groups: defaultdict[bytes, list[Value]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return dict(groups)
