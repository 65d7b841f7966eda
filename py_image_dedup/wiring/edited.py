"""Settings made into what finds edited copies: words for every picture, candidates by them, the comparison of parts."""

from py_image_dedup.analysis.on_demand import digest_of, pixels_of
from py_image_dedup.matching.candidates.word_candidates import WordCandidates
from py_image_dedup.matching.comparison.compare import PairTask
from py_image_dedup.matching.comparison.edited_pairs import EDITED_VERSION, EditAwarePairTask
from py_image_dedup.model.images import DETAIL_FLOOR
from py_image_dedup.model.matches import Relation
from py_image_dedup.model.ports import CandidateIndex
from py_image_dedup.settings.settings import Settings

WORDS = "words"


def looks_for_edited(settings: Settings) -> bool:
    """Whether words are computed: 16 ms a picture, which only those pay who want edited copies found."""
    return settings.analysis.edited or Relation.EDITED in settings.deduplication.remove


def with_words(settings: Settings, near: CandidateIndex) -> CandidateIndex:
    """The candidates of `near`, and those by words where edited copies are looked for."""
    return WordCandidates(near, DETAIL_FLOOR, EDITED_VERSION) if looks_for_edited(settings) else near


def pair_task() -> PairTask:
    """What compares a pair; without words it knows of edited copies only what the whole frames show."""
    return EditAwarePairTask(pixels_of, digest_of)
