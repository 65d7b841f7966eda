"""Pairs that fingerprints missed, though both are copies of a third picture.

A bright copy and a turned one may lie further apart than the search looks, while the original is near either. A group
has one keeper, and a file goes only for a direct match with it; so copies of one picture are compared among themselves.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from py_image_dedup.matching.candidates.nearest import nearest
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import REMOVABLE, Candidate, Comparison


def bridges(records: Mapping[bytes, ImageRecord], comparisons: Iterable[Comparison]) -> Iterator[Candidate]:
    """Give the pairs of contents two copies apart that have not been compared; each once, left < right."""
    compared: defaultdict[bytes, set[bytes]] = defaultdict(set)
    copies: defaultdict[bytes, set[bytes]] = defaultdict(set)
    for comparison in comparisons:
        for one, other in ((comparison.left, comparison.right), (comparison.right, comparison.left)):
            compared[one].add(other)
            if comparison.relation in REMOVABLE:
                copies[one].add(other)
    for content in sorted(copies):
        reached = set[bytes]().union(*(copies[copy] for copy in copies[content]))
        for other in sorted(reached - compared[content]):
            candidate = nearest(records[content], records[other]) if content < other else None
            if candidate is not None:
                yield candidate
