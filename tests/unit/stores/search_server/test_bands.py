"""Hashes within the radius share enough words; the words of a hash are few and its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_image_dedup.stores.search_server.bands import (
    BANDS,
    GREATEST_RADIUS,
    asked_words,
    quarters,
    shared_words,
    stored_words,
)

HASHES = st.binary(min_size=32, max_size=32)


def changed(value: bytes, places: set[int]) -> bytes:
    bits = int.from_bytes(value, "big")
    for place in places:
        bits ^= 1 << place
    return bits.to_bytes(32, "big")


def shared(one: bytes, other: bytes) -> int:
    return len(set(asked_words(one)) & set(stored_words(other)))


@given(HASHES, st.sets(st.integers(0, 255), max_size=GREATEST_RADIUS))
def test_hashes_within_the_radius_share_enough_words(value: bytes, places: set[int]) -> None:
    assert shared(value, changed(value, places)) >= shared_words(len(places))


def test_the_worst_case_shares_exactly_as_many_as_promised() -> None:
    """Two bits in each of 20 bands."""
    ends = [256 * band // BANDS for band in range(BANDS + 1)]
    worst = {255 - ends[band] - extra for band in range(20) for extra in (0, 1)}

    assert len(worst) == 40
    assert shared(bytes(32), changed(bytes(32), worst)) == shared_words(40) == 2


@given(HASHES)
def test_a_document_carries_278_words_and_a_question_22(value: bytes) -> None:
    stored, asked = stored_words(value), asked_words(value)

    assert len(stored) == len(set(stored)) == 278
    assert len(asked) == 22
    assert set(asked) <= set(stored)


def test_the_radius_has_a_limit() -> None:
    with pytest.raises(ValueError, match="0 to 40"):
        shared_words(41)


@given(HASHES)
def test_four_numbers_hold_every_bit(value: bytes) -> None:
    assert b"".join(number.to_bytes(8, "big", signed=True) for number in quarters(value)) == value
