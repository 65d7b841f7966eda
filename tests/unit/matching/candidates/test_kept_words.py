"""The kept index of words answers as one that was made just now, whatever became of what was kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from py_image_dedup.matching.candidates import kept_words
from py_image_dedup.matching.candidates.kept_words import KeptWordSearch
from py_image_dedup.matching.candidates.packed_segments import packed, unpacked
from py_image_dedup.matching.candidates.word_index import word_index
from py_image_dedup.matching.candidates.word_segment import segment_of
from py_image_dedup.matching.geometry.points import POINT, words_of
from py_image_dedup.model.images import Fingerprint, ImageRecord
from tests.support.records import record

PICTURES = 200


@dataclass
class Drawer:
    """`KeptSegments` in a dict."""

    parts: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    written: int = 0

    def kept(self, method: str) -> Sequence[tuple[int, bytes]]:
        return [(number, value) for number, (of, value) in sorted(self.parts.items()) if of == method]

    def replace(self, method: str, gone: Iterable[int], new: Iterable[bytes]) -> None:
        for number in gone:
            del self.parts[number]
        for value in new:
            self.written += 1
            self.parts[self.written] = method, value

    def used(self, numbers: Iterable[int]) -> None:
        assert set(numbers) <= self.parts.keys()


@dataclass
class Counted:
    """`Complete` that counts what is asked for."""

    by_content: dict[bytes, ImageRecord]
    asked: int = 0

    def __call__(self, records: Sequence[ImageRecord]) -> Sequence[ImageRecord]:
        self.asked += len(records)
        return [self.by_content[r.sha256] for r in records]


@pytest.fixture(autouse=True)
def _also_few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_words, "LEAST_KEPT", 1)


@pytest.fixture(scope="module")
def pictures() -> list[ImageRecord]:
    random = np.random.default_rng(3)
    made = []
    for number in range(PICTURES):
        points = np.zeros(30, POINT)
        points["word"] = random.integers(0, 900, 30)
        words = Fingerprint("words", 1, bytes(4) + points.tobytes())
        made.append(replace(record(f"/{number}.jpg"), fingerprints=(words,)))
    return sorted(made, key=lambda r: r.sha256)


def lean(records: Sequence[ImageRecord], version: int = 1) -> list[ImageRecord]:
    return [replace(r, fingerprints=(Fingerprint("words", version, b""),)) for r in records]


def same_as_fresh(drawer: Drawer, pictures: Sequence[ImageRecord], *, adds: bool = True) -> int:
    """Whether all questions are answered as by a fresh index; how many records were completed for it."""
    complete = Counted({r.sha256: r for r in pictures})
    index = KeptWordSearch(drawer, complete, adds)(lean(pictures))
    fresh = word_index([r.sha256 for r in pictures], [words_of(r)[0] for r in pictures])
    questions = [words_of(r)[0] for r in pictures[::7]]
    assert list(index.best(questions, 12)) == list(fresh.best(questions, 12))
    return complete.asked


def test_a_second_search_reads_no_words_of_what_is_kept(pictures: list[ImageRecord]) -> None:
    drawer = Drawer()

    assert same_as_fresh(drawer, pictures) == PICTURES
    assert same_as_fresh(drawer, pictures) == 0


def test_new_pictures_are_added_and_segments_stay_few(pictures: list[ImageRecord]) -> None:
    drawer, asked = Drawer(), 0
    for count in range(20, PICTURES + 1, 4):
        asked += same_as_fresh(drawer, pictures[:count])

    assert asked == PICTURES
    assert len(drawer.parts) <= 5


def test_what_is_not_asked_for_has_no_say(pictures: list[ImageRecord]) -> None:
    drawer = Drawer()
    same_as_fresh(drawer, pictures)

    assert same_as_fresh(drawer, pictures[10:60]) == 0
    assert same_as_fresh(drawer, pictures) == 0


def test_questions_beside_a_run_add_nothing(pictures: list[ImageRecord]) -> None:
    drawer = Drawer()
    same_as_fresh(drawer, pictures[:150])
    before = dict(drawer.parts)

    assert same_as_fresh(drawer, pictures, adds=False) == 50
    assert drawer.parts == before


@pytest.mark.parametrize("place", [0, 9, 30, 3_000, -1])
def test_a_damaged_segment_is_made_again(pictures: list[ImageRecord], place: int) -> None:
    drawer = Drawer()
    same_as_fresh(drawer, pictures)
    ((number, (method, value)),) = drawer.parts.items()
    damaged = bytearray(value)
    damaged[place] ^= 0x10
    drawer.parts[number] = method, bytes(damaged)

    assert same_as_fresh(drawer, pictures) == PICTURES
    assert same_as_fresh(drawer, pictures) == 0
    assert len(drawer.parts) == 1


def test_what_two_runs_added_at_once_counts_once(pictures: list[ImageRecord]) -> None:
    drawer = Drawer()
    same_as_fresh(drawer, pictures[:100])
    drawer.replace(
        "words-1", [], [packed(segment_of([r.sha256 for r in pictures[:3]], [words_of(pictures[0])[0]] * 3))]
    )

    same_as_fresh(drawer, pictures)

    assert same_as_fresh(drawer, pictures) == 0


def test_words_of_another_version_are_other_words(pictures: list[ImageRecord]) -> None:
    drawer = Drawer()
    same_as_fresh(drawer, pictures)
    complete = Counted({r.sha256: r for r in pictures})

    KeptWordSearch(drawer, complete)(lean(pictures, version=2))

    assert complete.asked == PICTURES


def test_a_segment_cut_short_anywhere_is_told_from_a_sound_one(pictures: list[ImageRecord]) -> None:
    value = packed(segment_of([r.sha256 for r in pictures], [words_of(r)[0] for r in pictures]))

    assert unpacked(value).contents == b"".join(r.sha256 for r in pictures)
    for length in (0, 5, 20, len(value) // 2, len(value) - 1):
        with pytest.raises(ValueError, match="segment"):
            unpacked(value[:length])
