"""What the index holds of a picture where edited copies are looked for fits 4 KB, however many points it has."""

import numpy as np
import pytest
from PIL import Image

from py_image_dedup.analysis.analyse import analyse_file
from py_image_dedup.analysis.fingerprints.local_features import POINTS
from py_image_dedup.matching.candidates.packed_segments import packed
from py_image_dedup.matching.candidates.word_segment import segment_of
from py_image_dedup.matching.geometry.points import words_of
from py_image_dedup.model.images import ImageRecord, StoredRecord
from py_image_dedup.stores.rows import record_row
from tests.support.drawn import encoded, written

LIMIT_BYTES = 4096
PICTURES = 20_000  # of a segment: what does not grow with them is shared out


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> ImageRecord:
    """A picture with as many points as are kept."""
    noise = np.random.default_rng(1).integers(0, 256, (60, 80), np.uint8)
    picture = Image.fromarray(noise).resize((640, 480), Image.Resampling.BICUBIC)
    found = analyse_file(
        written(tmp_path_factory.mktemp("busy"), "busy.png", encoded(picture, "PNG")), ("pdq", "pixels", "words")
    )
    assert isinstance(found, ImageRecord)
    assert len(words_of(found)[0]) == POINTS
    return found


def test_fingerprints_and_words_take_at_most_4_kb_a_picture(busy: ImageRecord) -> None:
    random = np.random.default_rng(2)
    words = [random.choice(1 << 16, POINTS, replace=False).astype(np.uint16) for _ in range(PICTURES)]
    contents = [number.to_bytes(32, "big") for number in range(PICTURES)]

    row = record_row(StoredRecord(busy, (("pdq", 1), ("words", 2))))
    kept = len(packed(segment_of(contents, words))) / PICTURES

    assert len(row.fingerprints) + len(row.layout) + kept <= LIMIT_BYTES
