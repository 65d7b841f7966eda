"""Phase 2: how many files there are, for the progress shown. A count of 0 stops nothing."""

from collections import Counter

from py_image_dedup.model.files import Walk


def count_by_root(walk: Walk) -> dict[str, int]:
    """Files that count, by the root below which they were found."""
    counted = Counter(file.root for file in walk.files)
    return {root: counted[root] for root in walk.roots}
