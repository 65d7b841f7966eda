"""Which of two edited versions shows more of the picture: a crop never stands for its whole."""

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from py_image_dedup.model.matches import Match, Relation

# Share of a picture's area. Below, it is the rim that saving, straightening or bars leave.
MORE = 0.02
WHOLE = 0.98


def shows_more(match: Match) -> bool:
    """Whether the member shows picture around what the keeper shows, and the keeper shows nothing else."""
    if match.relation is not Relation.EDITED:
        return False
    evidence = match.evidence
    if evidence.beyond_left is not None and evidence.beyond_right is not None:
        return evidence.beyond_right > MORE >= evidence.beyond_left
    if evidence.coverage_left is None or evidence.coverage_right is None:
        return False
    return evidence.coverage_right < WHOLE <= evidence.coverage_left


def behind_wider(order: Sequence[str], wider: Mapping[str, AbstractSet[str]]) -> list[str]:
    """The paths in their order, but each behind all those that show more; of a circle the first goes first."""
    place = {path: n for n, path in enumerate(order)}
    narrower: defaultdict[str, list[str]] = defaultdict(list)
    for path in order:
        for other in wider[path] & place.keys():
            narrower[other].append(path)
    waits = {path: len(wider[path] & place.keys()) for path in order}
    open_ = [n for n, path in enumerate(order) if not waits[path]]
    lined_up: dict[str, None] = {}
    while len(lined_up) < len(order):
        if not open_:
            open_ = [next(n for n, path in enumerate(order) if path not in lined_up)]
        path = order[heapq.heappop(open_)]
        lined_up[path] = None
        for other in narrower[path]:
            waits[other] -= 1
            if not waits[other] and other not in lined_up:
                heapq.heappush(open_, place[other])
    return list(lined_up)
