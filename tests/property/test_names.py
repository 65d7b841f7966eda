"""Whatever bytes a name has: shown on one line, nothing in it steers the terminal, different names stay different."""

import os
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from py_image_dedup.reports.names import printable

NAMES = st.one_of(
    st.binary(max_size=12).map(os.fsdecode), st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
)


@given(NAMES)
def test_what_is_shown_can_be_printed_and_does_nothing(name: str) -> None:
    shown = printable(name)

    assert shown.encode("utf-8").decode("utf-8") == shown
    assert {unicodedata.category(c) for c in shown if c not in "\u200c\u200d"}.isdisjoint(
        {"Cc", "Cf", "Cs", "Zl", "Zp"}
    )


@given(NAMES, NAMES)
def test_different_names_are_shown_differently(one: str, other: str) -> None:
    assert (printable(one) == printable(other)) is (one == other)
