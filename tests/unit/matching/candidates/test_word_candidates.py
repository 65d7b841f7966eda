"""Candidates by words: pictures that show a part of each other, each pair once, and nothing else read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from py_image_dedup.analysis.analyse import analyse_file
from py_image_dedup.demo.scenes import photograph
from py_image_dedup.matching.candidates.by_hash import HammingCandidates
from py_image_dedup.matching.candidates.word_candidates import WordCandidates, is_by_words
from py_image_dedup.matching.candidates.word_pairs import AlikePartners
from py_image_dedup.matching.candidates.word_search import Vote, as_they_are
from py_image_dedup.matching.candidates.word_weights import Words
from py_image_dedup.model.images import ImageRecord
from tests.support.drawn import encoded, written
from tests.support.look_alikes import photograph as another_photograph

Picture = Image.Image


def analysed(folder: Path, name: str, picture: Picture, *, words: bool = True) -> ImageRecord:
    methods = ("pdq", "words") if words else ("pdq",)
    found = analyse_file(written(folder, name, encoded(picture, "JPEG", quality=92)), methods)
    assert isinstance(found, ImageRecord)
    return found


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ImageRecord]:
    folder = tmp_path_factory.mktemp("library")
    scene, other = photograph(1, 1).convert("RGB").resize((640, 480)), another_photograph(7)
    pictures = {
        "whole": scene,
        "part": scene.crop((0, 0, 420, 320)),
        "mirrored part": ImageOps.mirror(scene).crop((100, 60, 600, 440)),
        "other": other,
    }
    return {name: analysed(folder, f"{name}.jpg", picture) for name, picture in pictures.items()}


def pairs(index: WordCandidates, new: list[ImageRecord], all_: list[ImageRecord]) -> list[set[bytes]]:
    return [{c.left, c.right} for c in index.candidates(new, all_)]


def test_parts_of_a_picture_are_candidates_and_another_picture_is_none(library: dict[str, ImageRecord]) -> None:
    index, records = WordCandidates(HammingCandidates()), list(library.values())

    found = pairs(index, records, records)

    whole = library["whole"].sha256
    assert {whole, library["part"].sha256} in found
    assert {whole, library["mirrored part"].sha256} in found
    assert not any(library["other"].sha256 in pair for pair in found)
    assert len(found) == len({frozenset(pair) for pair in found})


def test_every_candidate_is_in_order_and_says_that_hashes_lie_far_apart(library: dict[str, ImageRecord]) -> None:
    index, records = WordCandidates(HammingCandidates()), list(library.values())

    found = list(index.candidates(records, records))

    assert all(c.left < c.right for c in found)
    assert any(is_by_words(c, HammingCandidates().radius) for c in found)


def test_only_the_new_picture_asks(library: dict[str, ImageRecord]) -> None:
    index, records = WordCandidates(HammingCandidates()), list(library.values())

    assert pairs(index, [library["part"]], records)
    assert all(library["part"].sha256 in pair for pair in pairs(index, [library["part"]], records))
    assert pairs(index, [library["other"]], records) == []
    assert pairs(index, [], records) == []


def test_the_order_of_the_records_does_not_matter(library: dict[str, ImageRecord]) -> None:
    index, records = WordCandidates(HammingCandidates()), list(library.values())

    assert list(index.candidates(records, records)) == list(index.candidates(records[::-1], records[::-1]))


def test_what_hashes_found_is_not_named_twice(tmp_path: Path, library: dict[str, ImageRecord]) -> None:
    scene = photograph(1, 1).convert("RGB").resize((320, 240))
    again = analysed(tmp_path, "again.jpg", scene)

    found = pairs(WordCandidates(HammingCandidates()), [again], [again, *library.values()])

    assert found.count({again.sha256, library["whole"].sha256}) == 1


def test_pictures_without_words_are_left_to_the_hashes(tmp_path: Path, library: dict[str, ImageRecord]) -> None:
    bare = analysed(tmp_path, "bare.jpg", photograph(1, 1).convert("RGB").resize((600, 450)), words=False)

    every = [bare, *library.values()]

    found = list(WordCandidates(HammingCandidates()).candidates([bare], every))

    assert {bare.sha256, library["whole"].sha256} in [{c.left, c.right} for c in found]
    assert found == list(HammingCandidates().candidates([bare], every))


@dataclass
class Votes:
    """A `WordSearch` with one answer to each question: the votes of the other pictures."""

    shares: dict[bytes, float]

    def best(self, questions: Iterable[Words], wanted: int) -> Iterator[Sequence[Vote]]:
        votes = sorted(self.shares.items(), key=lambda vote: -vote[1])
        return (votes[:wanted] for _ in questions)

    def most(self, words: Words) -> float:
        return 1.0


@pytest.mark.parametrize(("share", "is_found"), [(0.5, True), (0.03, True), (0.01, False)])
def test_who_shares_next_to_nothing_is_not_looked_at(
    library: dict[str, ImageRecord], share: float, *, is_found: bool
) -> None:
    whole, part = library["whole"], library["part"]
    records = {r.sha256: r for r in (whole, part)}

    (found,) = AlikePartners(records, as_they_are).of([whole.sha256], Votes({part.sha256: share}))

    assert bool(found) is is_found


def test_what_searches_by_words_may_name_pictures_that_nobody_asked_for(library: dict[str, ImageRecord]) -> None:
    whole, part, other = library["whole"], library["part"], library["other"]
    records = {r.sha256: r for r in (whole, part)}
    search = Votes({part.sha256: 0.5, other.sha256: 0.9, whole.sha256: 1.0})

    found = list(AlikePartners(records, as_they_are).of([whole.sha256, part.sha256], search))

    assert found == [[part.sha256], [whole.sha256]]


def test_the_method_names_both_searches() -> None:
    near = HammingCandidates()

    assert WordCandidates(near, comparison_version=7).method.startswith(near.method)
    assert WordCandidates(near, comparison_version=7).method != WordCandidates(near, comparison_version=8).method
