"""A few pictures are searched in plain Python, many with numpy: the answers are the same."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from py_image_dedup.matching.candidates import neighbours as neighbours_module
from py_image_dedup.matching.candidates.few import neighbours_of_few
from py_image_dedup.matching.candidates.neighbours import neighbours

BYTES_A_PICTURE = 8 * 32 + 1  # the last one tells the quality


@st.composite
def pictures(draw: st.DrawFn) -> tuple[list[bytes], list[bool]]:
    """Hashes near one base, so that pairs lie on both sides of the radius and orientations compete."""
    number = draw(st.integers(1, 8))
    noise = draw(st.lists(st.binary(min_size=3, max_size=3), min_size=8 * number, max_size=8 * number))
    hashes = [few.ljust(32, b"\x5a") for few in noise]
    values = [b"".join(hashes[first : first + 8]) + b"q" for first in range(0, len(hashes), 8)]
    return values, draw(st.lists(st.booleans(), min_size=number, max_size=number))


@pytest.fixture
def asked_in_turns() -> Iterator[None]:
    """Pictures are asked two by two, among those that are left."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours_module, "BATCH", 2)
        yield


@pytest.mark.usefixtures("asked_in_turns")
@given(pictures(), st.integers(0, 24))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_searches_give_the_same_pairs_in_the_same_order(
    drawn: tuple[list[bytes], list[bool]], radius: int
) -> None:
    hashes, is_new = drawn

    assert {len(value) for value in hashes} == {BYTES_A_PICTURE}
    assert list(neighbours_of_few(hashes, is_new, radius)) == list(neighbours(hashes, is_new, radius))


@given(pictures())
def test_within_the_widest_radius_every_pair_with_a_new_picture_is_given_once(
    drawn: tuple[list[bytes], list[bool]],
) -> None:
    hashes, is_new = drawn
    pairs = [frozenset(pair[:2]) for pair in neighbours_of_few(hashes, is_new, 256)]

    numbers = range(len(is_new))
    assert len(set(pairs)) == len(pairs)
    assert set(pairs) == {frozenset((a, b)) for a in numbers for b in numbers if a != b and (is_new[a] or is_new[b])}
