"""Hashes within the radius share a word in each way of cutting; the words of a hash are few and its own."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_image_dedup.stores.search_server.asked_bands import asked_words as asked_of
from py_image_dedup.stores.search_server.bands import BANDS, GREATEST_RADIUS, quarters, stored_words

HASHES = st.binary(min_size=32, max_size=32)


def changed(value: bytes, places: set[int]) -> bytes:
    bits = int.from_bytes(value, "big")
    for place in places:
        bits ^= 1 << (255 - place)
    return bits.to_bytes(32, "big")


def asked_words(value: bytes) -> tuple[list[int], ...]:
    (asked,) = asked_of(value)
    return asked


def is_found(one: bytes, other: bytes) -> bool:
    return all(set(words) & set(stored_words(other)) for words in asked_words(one))


@given(HASHES, st.sets(st.integers(0, 255), max_size=GREATEST_RADIUS))
def test_hashes_within_the_radius_share_a_word_in_each_cut(value: bytes, places: set[int]) -> None:
    assert is_found(value, changed(value, places))


BAND_OF: list[Callable[[int], int]] = [
    lambda bit: next(band for band in range(BANDS) if bit < 256 * (band + 1) // BANDS),
    lambda bit: bit % BANDS,
    lambda bit: (bit + bit // BANDS) % BANDS,
]


@pytest.mark.parametrize("band_of", BAND_OF, ids=["neighbours", "turns", "diagonals"])
def test_the_worst_case_is_found_and_one_bit_more_is_not(band_of: Callable[[int], int]) -> None:
    """Two places in each band but the last, where one is enough."""
    bands = [[bit for bit in range(256) if band_of(bit) == band] for band in range(BANDS)]
    worst = {bit for band in bands[:-1] for bit in band[:2]}

    assert len(worst) == GREATEST_RADIUS == 40
    assert is_found(bytes(32), changed(bytes(32), worst))
    assert not is_found(bytes(32), changed(bytes(32), {*worst, bands[-1][0]}))


@given(HASHES)
def test_a_document_carries_63_words_and_a_question_about_800(value: bytes) -> None:
    stored, asked = stored_words(value), [word for words in asked_words(value) for word in words]

    assert len(stored) == len(set(stored)) == 63
    assert len(asked) == len(set(asked)) == 3 * (256 + BANDS) - 13 - 12 - 12
    assert set(stored) <= set(asked)


@given(st.lists(HASHES, max_size=9))
def test_the_words_of_several_hashes_are_those_of_each_in_the_servers_order(values: list[bytes]) -> None:
    assert asked_of(b"".join(values)) == [asked_words(value) for value in values]
    for words in (words for value in values for words in asked_words(value)):
        assert words == sorted(words)


@given(HASHES)
def test_four_numbers_hold_every_bit(value: bytes) -> None:
    assert b"".join(number.to_bytes(8, "big", signed=True) for number in quarters(value)) == value
