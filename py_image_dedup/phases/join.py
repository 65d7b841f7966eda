"""All pairs of near pictures in exported records, block by block: for collections that no index holds.

A block is a pair of row groups, searched by itself, so that blocks can be done anywhere and in any order: by the
workers of a Dask cluster, for example, which read the files themselves.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations_with_replacement, product
from typing import NamedTuple

from py_image_dedup.matching.candidates.by_hash import HammingCandidates
from py_image_dedup.model.images import DETAIL_FLOOR, ImageRecord
from py_image_dedup.model.matches import Candidate
from py_image_dedup.stores.parquet import group_count, read_group

Group = tuple[str, int]  # a Parquet file, and the number of a row group in it
Block = tuple[Group, Group]
Place = tuple[str, str]  # the Parquet file, and the path in it: two machines may have the same path
Places = dict[bytes, list[Place]]  # of each content


class NearPair(NamedTuple):
    """Two files: how far their fingerprints are apart, 0..1; 0 with `same_bytes`."""

    left: Place
    right: Place
    distance: float
    same_bytes: bool


def blocks(files: Sequence[str]) -> list[Block]:
    """All pairs of row groups of these files, each with itself as well."""
    groups = [(path, number) for path in files for number in range(group_count(path))]
    return list(combinations_with_replacement(groups, 2))


def join(block: Block) -> list[NearPair]:
    """The pairs between the two groups of a block; within the group where they are one."""
    ours, theirs = map(_pictures, block)
    here, there = _places(block[0], ours), _places(block[1], theirs)
    found = set(_same(here, there))
    for candidate in HammingCandidates(detail_floor=DETAIL_FLOOR).candidates(ours, [*ours, *theirs]):
        found.update(_between(candidate, here, there))
        found.update(_between(candidate, there, here))
    return sorted(pair for pair in found if pair.left != pair.right)


def _pictures(group: Group) -> list[ImageRecord]:
    return [stored.result for stored in read_group(*group) if isinstance(stored.result, ImageRecord)]


def _places(group: Group, records: Iterable[ImageRecord]) -> Places:
    found: Places = defaultdict(list)
    for record in records:
        found[record.sha256].append((group[0], record.file.path))
    return found


def _same(here: Places, there: Places) -> Iterator[NearPair]:
    for content in here.keys() & there.keys():
        yield from (_pair(one, other, 0.0, same=True) for one, other in product(here[content], there[content]))


def _between(found: Candidate, here: Places, there: Places) -> Iterator[NearPair]:
    for one, other in product(here.get(found.left, ()), there.get(found.right, ())):
        yield _pair(one, other, found.distance, same=False)


def _pair(one: Place, other: Place, distance: float, *, same: bool) -> NearPair:
    return NearPair(min(one, other), max(one, other), distance, same)
