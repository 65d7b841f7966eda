"""Pictures that share rare words are found, best first."""

import numpy as np

from py_image_dedup.matching.candidates.word_index import COMMON_LEAST, WORDS, Words, word_index


def some_words(*words: int) -> Words:
    return np.array(words, np.uint16)


def test_the_picture_with_the_most_shared_words_comes_first() -> None:
    index = word_index([some_words(1, 2, 3), some_words(1, 2, 9), some_words(7, 8, 9)])

    assert [picture for picture, _ in index.best(some_words(1, 2, 3))] == [0, 1]
    assert index.best(some_words(5, 6)) == []


def test_a_rare_word_counts_more_than_a_frequent_one() -> None:
    index = word_index([some_words(1), some_words(2), some_words(2), some_words(2)])

    votes = dict(index.best(some_words(1, 2)))

    assert votes[0] > votes[1] == votes[2] == votes[3]


def test_a_word_counts_once_a_picture() -> None:
    index = word_index([some_words(4, 4, 4), some_words(4)])

    assert len({vote for _, vote in index.best(some_words(4, 4))}) == 1


def test_words_that_nearly_all_have_find_nothing() -> None:
    index = word_index([some_words(5, 100 + n) for n in range(COMMON_LEAST + 1)])

    assert index.best(some_words(5)) == []
    assert [picture for picture, _ in index.best(some_words(5, 103))] == [3]


def test_no_more_than_wanted_come_and_equals_come_in_their_order() -> None:
    index = word_index([some_words(6) for _ in range(5)])

    assert [picture for picture, _ in index.best(some_words(6), wanted=3)] == [0, 1, 2]


def test_the_first_and_the_last_word_are_words_like_others() -> None:
    index = word_index([some_words(0), some_words(WORDS - 1), some_words(3)])

    assert [picture for picture, _ in index.best(some_words(0))] == [0]
    assert [picture for picture, _ in index.best(some_words(WORDS - 1))] == [1]


def test_an_empty_index_and_a_picture_without_words_find_nothing() -> None:
    assert word_index([]).best(some_words(1)) == []
    assert word_index([some_words(), some_words(1)]).best(some_words()) == []
