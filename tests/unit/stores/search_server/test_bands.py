"""Hashes within the radius share a word; the words of a hash are few and its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_image_dedup.stores.search_server.bands import GREATEST_RADIUS, asked_words, quarters, stored_words

HASHES = st.binary(min_size=32, max_size=32)


def changed(value: bytes, places: set[int]) -> bytes:
    bits = int.from_bytes(value, "big")
    for place in places:
        bits ^= 1 << place
    return bits.to_bytes(32, "big")


@given(HASHES, st.sets(st.integers(0, 255), max_size=GREATEST_RADIUS))
def test_hashes_within_the_radius_share_a_word(value: bytes, places: set[int]) -> None:
    assert set(asked_words(value, len(places))) & set(stored_words(changed(value, places)))


def test_forty_bits_spread_evenly_are_met_and_no_band_is_too_many() -> None:
    """The worst case: two bits in each band but the last."""
    value = bytes(32)
    ends = [256 * band // 21 for band in range(22)]
    worst = {255 - ends[band] - extra for band in range(20) for extra in (0, 1)}

    assert len(worst) == 40
    assert set(asked_words(value, 40)) & set(stored_words(changed(value, worst)))
    assert not set(asked_words(value, 40)) & set(stored_words(changed(value, worst | {0})))


@given(HASHES)
def test_a_document_carries_264_words_and_a_question_21(value: bytes) -> None:
    stored, asked = stored_words(value), asked_words(value, GREATEST_RADIUS)

    assert len(stored) == len(set(stored)) == 264
    assert len(asked) == 21
    assert set(asked) <= set(stored)


def test_the_radius_has_a_limit() -> None:
    with pytest.raises(ValueError, match="0 to 40"):
        asked_words(bytes(32), 41)


@given(HASHES)
def test_four_numbers_hold_every_bit(value: bytes) -> None:
    assert b"".join(number.to_bytes(8, "big", signed=True) for number in quarters(value)) == value
