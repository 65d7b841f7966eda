"""`compare`: two files, their relation, the evidence and the grade. Nothing is stored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from py_image_dedup.matching.candidates.nearest import nearest
from py_image_dedup.matching.evidence.grading import Graded, PairToGrade
from py_image_dedup.matching.evidence.words import turned_round, words
from py_image_dedup.matching.groups.stars import PIXELS
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import ImageRecord, Unreadable
from py_image_dedup.model.matches import Candidate, Comparison, Evidence, Relation
from py_image_dedup.model.ports import Analyser, CandidateIndex, PairComparer
from py_image_dedup.model.questions import PairAnswer
from py_image_dedup.model.verdicts import ContentPair, Verdict, content_pair

UNLIKE = "nothing in them agrees"
TOO_LITTLE = "one of them shows too little to be compared (flat, dark, two-tone or tiny); their pixels are not the same"


@dataclass(frozen=True, slots=True)
class CompareParts:
    """What reads and compares two files; `grade` reads them at full size in a process of its own."""

    analyser: Analyser
    index: CandidateIndex
    comparer: PairComparer
    grade: Callable[[PairToGrade], Graded]
    verdict: Callable[[ContentPair], Verdict | None]


def compare(
    left: ImageFile, right: ImageFile, parts: CompareParts, *, drawn: bool
) -> PairAnswer | tuple[Unreadable, ...]:
    """Give the relation of two files, or those that cannot be read."""
    if left == right:
        results = {r.file.path: r for r in parts.analyser.analyse([left])}
    else:
        results = {r.file.path: r for r in parts.analyser.analyse([left, right])}
    ours, theirs = results[left.path], results[right.path]
    if isinstance(ours, Unreadable) or isinstance(theirs, Unreadable):
        return tuple(r for r in dict.fromkeys((ours, theirs)) if isinstance(r, Unreadable))
    relation, evidence = measured(ours, theirs, parts.index, parts.comparer)
    graded = parts.grade(PairToGrade(left.path, right.path, evidence, drawn))
    verdict = parts.verdict(content_pair(ours.sha256, theirs.sha256))
    return PairAnswer(ours, theirs, relation, evidence, graded.grade, graded.reason, graded.png, verdict)


def measured(
    left: ImageRecord, right: ImageRecord, index: CandidateIndex, comparer: PairComparer
) -> tuple[Relation | None, Evidence]:
    """Give the relation and the evidence, with `left` on its left; also for pairs that no fingerprint brings up."""
    relation = relation_by_content(left, right)
    if relation is not None:
        return relation, Evidence(words(left, right, relation, Evidence("")))
    candidates = _candidates(left, right, index)
    if not candidates:
        return None, Evidence(TOO_LITTLE)
    pairs = {record.sha256: record for record in (left, right)}
    answers = list(comparer.compare((c, pairs[c.left], pairs[c.right]) for c in candidates))
    if not answers:
        return None, Evidence("the comparison failed or a file changed meanwhile")
    best = min(answers, key=_weakness)
    evidence = best.evidence if best.left == left.sha256 else turned_round(best.evidence)
    said = UNLIKE if best.relation is None else words(left, right, best.relation, evidence)
    return best.relation, replace(evidence, words=said)


def relation_by_content(left: ImageRecord, right: ImageRecord) -> Relation | None:
    """Give what digests alone prove."""
    if left.sha256 == right.sha256:
        return Relation.SAME_BYTES
    ours, theirs = left.fingerprint(PIXELS), right.fingerprint(PIXELS)
    return Relation.SAME_PIXELS if ours is not None and ours == theirs else None


def _candidates(left: ImageRecord, right: ImageRecord, index: CandidateIndex) -> Sequence[Candidate]:
    found = list(index.candidates([left, right], [left, right]))
    forced = nearest(left, right)
    return found or ([forced] if forced else [])


def _weakness(comparison: Comparison) -> tuple[int, float]:
    strength = len(Relation) if comparison.relation is None else comparison.relation.strength
    return strength, -(comparison.evidence.correlation_p50 or 0.0)
