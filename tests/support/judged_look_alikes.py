"""What the program says of every pair of the look-alike corpus, whether anything would have proposed it or not."""

from collections.abc import Iterator
from dataclasses import dataclass

from py_image_dedup.analysis.analyse import analyse_file
from py_image_dedup.analysis.on_demand import digest_of, pixels_of
from py_image_dedup.matching.candidates.nearest import nearest
from py_image_dedup.matching.comparison.compare import Pair
from py_image_dedup.matching.comparison.edited_pairs import EditAwarePairTask
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import Relation
from py_image_dedup.phases.compare import relation_by_content
from tests.support.drawn import image_file
from tests.support.look_alike_corpus import Series

METHODS = ("pdq", "words", "pixels")


@dataclass(frozen=True, slots=True)
class Judged:
    """One pair and what was said of it; None: nothing, the two are not shown together."""

    kind: str
    left: str
    right: str
    relation: Relation | None


def judged(series: Series) -> Iterator[Judged]:
    """Compare all pairs of one series."""
    records, task = {path: _record(path) for path in series.paths}, EditAwarePairTask(pixels_of, digest_of)
    for left, right in series.pairs():
        ours, theirs = records[left], records[right]
        relation = relation_by_content(ours, theirs)
        candidate = None if relation is not None else nearest(ours, theirs)
        if candidate is not None:
            by_content = {record.sha256: record for record in (ours, theirs)}
            pair = Pair(candidate, by_content[candidate.left], by_content[candidate.right])
            (answer,) = task([pair]).comparisons
            relation = answer.relation
        yield Judged(series.kind, left, right, relation)


def _record(path: str) -> ImageRecord:
    found = analyse_file(image_file(path), METHODS)
    if not isinstance(found, ImageRecord):
        raise TypeError(f"{path}: {found}")
    return found
