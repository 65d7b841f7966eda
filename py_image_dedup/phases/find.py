"""`find`: are these files in the library already? Nothing is stored, and nothing that is gone counts as being there.

People wipe memory cards on the strength of this answer. So a file of the library counts only while it is on the disk as
the index knows it, decodes completely and has as many pixels; and a file that is asked for never answers for itself.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from py_image_dedup.matching.evidence.words import seen_from, words
from py_image_dedup.matching.groups.stars import PIXELS
from py_image_dedup.matching.groups.verdicts import judged
from py_image_dedup.model.errors import SettingsError
from py_image_dedup.model.files import FileIdentity, ImageFile, Walk
from py_image_dedup.model.images import ImageRecord, Unreadable
from py_image_dedup.model.matches import Comparison, Evidence, Match, Relation
from py_image_dedup.model.ports import Listener
from py_image_dedup.model.questions import Finding, FindReport, Presence, Wanted
from py_image_dedup.phases.analyse import stored_results
from py_image_dedup.phases.lean import lean
from py_image_dedup.phases.search import SOUNDNESS_METHOD, SearchParts

# Scaling rounds; a copy with this share of the pixels lost nothing that can be seen.
AS_MANY_PIXELS = 0.97
_PROVED = frozenset({Relation.SAME_BYTES, Relation.SAME_PIXELS})
_ORDER = tuple(Presence)
NO_LIBRARY = "The index holds no pictures below {}. Run `py-image-dedup analyse` on the library first."


@dataclass(frozen=True, slots=True)
class _Option:
    """A file of the library that may be the answer."""

    presence: Presence
    nearest: ImageRecord
    match: Match

    @property
    def order(self) -> tuple[int, int, int, str]:
        """Best first."""
        strength, pixels = self.match.relation.strength, -self.nearest.facts.pixel_count
        return _ORDER.index(self.presence), strength, pixels, self.nearest.file.path


def find(asked: Walk, roots: Sequence[str], wanted: Wanted, parts: SearchParts, listener: Listener) -> FindReport:
    """Ask for each file among the stored records below `roots`. Raises SettingsError where there is none."""
    library = _Library(_others(parts, roots, asked.files))
    if not library.size:
        raise SettingsError([NO_LIBRARY.format(", ".join(roots))])
    records, unreadable = _read(asked.files, parts, listener)
    options = _options(records, library, wanted, parts, listener)
    findings = tuple(_finding(record, options.get(record.sha256, ())) for record in records)
    not_walked = tuple((n.path, n.reason) for n in asked.not_walked)
    return FindReport(findings, unreadable, not_walked, library.size)


class _Library:
    """Stored records by what they are asked for."""

    def __init__(self, records: Iterable[tuple[ImageRecord, bool]]) -> None:
        self.by_content: defaultdict[bytes, list[ImageRecord]] = defaultdict(list)
        self.by_pixels: defaultdict[bytes, list[ImageRecord]] = defaultdict(list)
        self.comparable: dict[bytes, ImageRecord] = {}
        self.size = 0
        for record, is_current in records:
            self.size += 1
            self.by_content[record.sha256].append(record)
            pixels = record.fingerprint(PIXELS)
            if is_current and pixels is not None:
                self.by_pixels[pixels.value].append(record)
            if is_current:
                self.comparable.setdefault(record.sha256, record)

    def proved(self, record: ImageRecord) -> Iterator[tuple[ImageRecord, Relation]]:
        """Files whose digests say that they are the same."""
        yield from ((other, Relation.SAME_BYTES) for other in self.by_content.get(record.sha256, ()))
        pixels = record.fingerprint(PIXELS)
        if pixels is not None:
            yield from ((other, Relation.SAME_PIXELS) for other in self.by_pixels.get(pixels.value, ()))


def _others(parts: SearchParts, roots: Sequence[str], asked: Sequence[ImageFile]) -> Iterator[tuple[ImageRecord, bool]]:
    """Every stored record but those of the files asked for, and whether its fingerprints are of today's versions."""
    current = set(parts.analyser.versions)
    paths, identities = {file.path for file in asked}, {file.identity for file in asked}
    for stored in parts.store.under(roots):
        record = stored.result
        if not isinstance(record, ImageRecord) or record.file.path in paths:
            continue
        if FileIdentity(record.file.device, record.file.inode) not in identities:
            yield lean(record), current <= set(stored.versions)


def _read(
    files: Sequence[ImageFile], parts: SearchParts, listener: Listener
) -> tuple[list[ImageRecord], tuple[Unreadable, ...]]:
    """Records of the files, in path order, and those that cannot be read."""
    known = stored_results(files, parts.store, parts.analyser.versions)
    listener.expected(len(files))
    listener.advanced(len(known))
    for result in parts.analyser.analyse([file for file in files if file.path not in known]):
        known[result.file.path] = result
        listener.advanced()
    results = [known[file.path] for file in files]
    records = [r for r in results if isinstance(r, ImageRecord)]
    return records, tuple(r for r in results if isinstance(r, Unreadable))


def _options(
    records: Sequence[ImageRecord], library: _Library, wanted: Wanted, parts: SearchParts, listener: Listener
) -> Mapping[bytes, Sequence[_Option]]:
    """By content asked for: the files of the library that are there, sound where that matters, best first."""
    asked = {record.sha256: record for record in records}
    found: defaultdict[bytes, list[_Option]] = defaultdict(list)
    for content, record in asked.items():
        for other, relation in library.proved(record):
            evidence = Evidence(words(other, record, relation, Evidence("")))
            found[content].append(_Option(Presence.FOUND, other, Match(relation, evidence)))
    unproved = {content: record for content, record in asked.items() if content not in found}
    for comparison in _compared(unproved, library, parts, listener):
        for content, other in _sides(comparison, unproved, library):
            match = seen_from(other, asked[content], comparison)
            if match is not None:
                found[content].append(_Option(_presence(asked[content], other, match, wanted), other, match))
    return _that_hold(found, parts)


def _compared(
    asked: Mapping[bytes, ImageRecord], library: _Library, parts: SearchParts, listener: Listener
) -> Sequence[Comparison]:
    """Compare what is asked for with the library, never among itself; the user's verdicts are laid over it."""
    both = {**library.comparable, **asked}
    if not asked:
        return ()
    candidates = [
        c
        for c in parts.index.candidates(list(asked.values()), list(both.values()))
        if (c.left in asked) != (c.right in asked)
    ]
    listener.expected(len(candidates))
    answers = []
    for comparison in parts.comparer.compare((c, both[c.left], both[c.right]) for c in candidates):
        answers.append(comparison)
        listener.advanced()
    given = parts.verdicts()
    return judged(answers, {pair: v for pair, v in given.items() if set(pair) <= both.keys()}, parts.removable)


def _sides(
    comparison: Comparison, asked: Mapping[bytes, ImageRecord], library: _Library
) -> Iterator[tuple[bytes, ImageRecord]]:
    """The content asked for, and each file of the library with the other content."""
    for content, other in ((comparison.left, comparison.right), (comparison.right, comparison.left)):
        if content in asked and other not in asked:
            yield from ((content, record) for record in library.by_content.get(other, ()))


def _presence(asked: ImageRecord, other: ImageRecord, match: Match, wanted: Wanted) -> Presence:
    if match.relation not in wanted.relations:
        return Presence.RELATED
    if wanted.smaller or other.facts.pixel_count >= AS_MANY_PIXELS * asked.facts.pixel_count:
        return Presence.FOUND
    return Presence.SMALLER


def _that_hold(found: Mapping[bytes, Sequence[_Option]], parts: SearchParts) -> Mapping[bytes, Sequence[_Option]]:
    """Leave out files that are gone or changed, and damaged ones; the same bytes are the same whatever they hold."""
    there = {
        content: [option for option in options if _is_there(option.nearest.file)] for content, options in found.items()
    }
    doubted = {
        option.nearest.sha256: option.nearest
        for options in there.values()
        for option in options
        if option.presence is Presence.FOUND and option.match.relation is not Relation.SAME_BYTES
    }
    damaged = _damaged(doubted, parts)
    return {
        content: sorted(
            (o for o in options if o.match.relation is Relation.SAME_BYTES or o.nearest.sha256 not in damaged),
            key=lambda option: option.order,
        )
        for content, options in there.items()
    }


def _damaged(records: Mapping[bytes, ImageRecord], parts: SearchParts) -> set[bytes]:
    """Those that do not decode completely. What is not known yet is asked, and not remembered."""
    known = parts.store.soundness(records.keys(), SOUNDNESS_METHOD)
    asked = [record for content, record in records.items() if content not in known]
    answers = {record.sha256: reason for record, reason in parts.analyser.sound(asked)}
    return {content for content, reason in (known | answers).items() if reason is not None}


def _is_there(file: ImageFile) -> bool:
    """Whether the file is on the disk as the index knows it."""
    try:
        status = os.lstat(file.path)
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns, status.st_ino) == (file.size, file.mtime_ns, file.inode)


def _finding(record: ImageRecord, options: Sequence[_Option]) -> Finding:
    if not options:
        return Finding(record.file, Presence.NEW)
    best = options[0]
    return Finding(record.file, best.presence, best.nearest, best.match)
