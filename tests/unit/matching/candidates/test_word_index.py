"""Pictures that share rare words are found, best first; the same however they are spread over segments."""

import numpy as np
import pytest

from py_image_dedup.matching.candidates import word_weights
from py_image_dedup.matching.candidates.word_index import WordIndex, index_over, word_index
from py_image_dedup.matching.candidates.word_segment import merged, segment_of
from py_image_dedup.matching.candidates.word_weights import COMMON_LEAST, WORDS, Words, asked_words

PICTURES, ASKED = 300, 40


def content(number: int) -> bytes:
    return number.to_bytes(32, "big")


def some_words(*words: int) -> Words:
    return np.array(words, np.uint16)


def indexed(*pictures: Words) -> WordIndex:
    return word_index([content(n) for n in range(len(pictures))], pictures)


def best(index: WordIndex, words: Words, wanted: int = 20) -> list[tuple[int, float]]:
    (votes,) = index.best([words], wanted)
    return [(int.from_bytes(found, "big"), vote) for found, vote in votes]


def found(index: WordIndex, words: Words, wanted: int = 20) -> list[int]:
    return [picture for picture, _ in best(index, words, wanted)]


def test_the_picture_with_the_most_shared_words_comes_first() -> None:
    index = indexed(some_words(1, 2, 3), some_words(1, 2, 9), some_words(7, 8, 9))

    assert found(index, some_words(1, 2, 3)) == [0, 1]
    assert found(index, some_words(5, 6)) == []


def test_a_rare_word_counts_more_than_a_frequent_one() -> None:
    index = indexed(some_words(1), some_words(2), some_words(2), some_words(2))

    votes = dict(best(index, some_words(1, 2)))

    assert votes[0] > votes[1] == votes[2] == votes[3]


def test_a_word_counts_once_a_picture() -> None:
    index = indexed(some_words(4, 4, 4), some_words(4))

    assert len({vote for _, vote in best(index, some_words(4, 4))}) == 1


def test_words_that_nearly_all_have_find_nothing() -> None:
    index = indexed(*(some_words(5, 100 + n) for n in range(COMMON_LEAST + 1)))

    assert found(index, some_words(5)) == []
    assert found(index, some_words(5, 103)) == [3]


def test_no_more_than_wanted_come_and_equals_come_in_the_order_of_their_contents() -> None:
    index = indexed(*(some_words(6) for _ in range(5)))

    assert found(index, some_words(6), wanted=3) == [0, 1, 2]


def test_the_first_and_the_last_word_are_words_like_others() -> None:
    index = indexed(some_words(0), some_words(WORDS - 1), some_words(3))

    assert found(index, some_words(0)) == [0]
    assert found(index, some_words(WORDS - 1)) == [1]


def test_an_empty_index_and_a_picture_without_words_find_nothing() -> None:
    assert found(word_index([], []), some_words(1)) == []
    assert found(indexed(some_words(), some_words(1)), some_words()) == []


def test_the_most_votes_are_those_of_a_picture_that_has_all_words() -> None:
    index = indexed(some_words(1, 2, 3), some_words(3, 4), some_words(9))

    assert index.most(some_words(1, 2, 3)) == pytest.approx(best(index, some_words(1, 2, 3))[0][1])


@pytest.fixture(scope="module")
def pictures() -> list[Words]:
    """Words as unevenly spread as those of photographs."""
    random = np.random.default_rng(7)
    return [(random.pareto(0.4, ASKED) * 9 % 4096).astype(np.uint16) for _ in range(PICTURES)]


def counted(pictures: list[Words], words: Words, present: set[int], wanted: int) -> list[tuple[int, float]]:
    """The rule, word by word and picture by picture."""
    held = np.bincount(np.concatenate([np.unique(pictures[n]) for n in present]), minlength=WORDS)
    weights = word_weights.word_weights(held, len(present)).astype(float)
    votes = {n: sum(weights[w] for w in sorted(set(words.tolist()) & set(pictures[n].tolist()))) for n in present}
    order = sorted((n for n in present if votes[n] > 0), key=lambda n: (-votes[n], n))
    return [(n, votes[n]) for n in order[:wanted]]


@pytest.mark.parametrize("size", [1, 7, 100, PICTURES])
@pytest.mark.parametrize("wanted", [1, 5, 40, PICTURES])
def test_segments_of_any_size_give_what_counting_picture_by_picture_gives(
    pictures: list[Words], size: int, wanted: int
) -> None:
    numbers = range(PICTURES)
    parts = [numbers[start : start + size] for start in range(0, PICTURES, size)]
    index = index_over([segment_of([content(n) for n in part], [pictures[n] for n in part]) for part in parts])

    for asked in (3, 77, 250):
        expected = counted(pictures, pictures[asked], set(numbers), wanted)
        assert best(index, pictures[asked], wanted) == expected


def test_pictures_that_are_not_present_get_no_vote_and_count_for_no_weight(pictures: list[Words]) -> None:
    present = set(range(0, PICTURES, 3))
    segment = segment_of([content(n) for n in range(PICTURES)], pictures)
    index = index_over([segment], {content(n) for n in present})

    assert best(index, pictures[4], 10) == counted(pictures, pictures[4], present, 10)


def test_two_segments_merged_are_the_segment_of_all_their_pictures(pictures: list[Words]) -> None:
    numbers = [content(n) for n in range(PICTURES)]
    whole = segment_of(numbers, pictures)
    both = merged(segment_of(numbers[:90], pictures[:90]), segment_of(numbers[90:], pictures[90:]))

    assert both.contents == whole.contents
    assert np.array_equal(both.starts, whole.starts)
    assert np.array_equal(both.pictures, whole.pictures)


def test_where_words_are_too_frequent_the_rarest_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_weights, "MOST_READ", 100)
    held = np.zeros(WORDS, np.int64)
    held[[3, 5, 8, 9]] = 60, 30, 50, 10
    weights = word_weights.word_weights(held, 10_000)

    assert asked_words(some_words(9, 8, 5, 3, 3), held, weights).tolist() == [5, 8, 9]
    assert asked_words(some_words(9, 3, 5, 7), held, weights).tolist() == [3, 5, 9]
