import os
import sqlite3
from pathlib import Path

import pytest

from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.model.verdicts import Judged, Verdict
from py_image_dedup.stores.verdicts import VerdictFile

A, B, C = (bytes([n]) * 32 for n in (1, 2, 3))


def word(left: bytes, right: bytes, verdict: Verdict, at_ns: int = 1) -> Judged:
    return Judged(left, right, verdict, "/lib/\udcff.jpg", "/lib/b.jpg", at_ns)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "state" / "verdicts.sqlite")


def test_verdicts_outlast_the_one_who_kept_them(path: str) -> None:
    VerdictFile(path).give(word(A, B, Verdict.COPY, 2))
    VerdictFile(path).give(word(B, C, Verdict.SERIES, 1))

    assert VerdictFile(path).all() == (word(B, C, Verdict.SERIES, 1), word(A, B, Verdict.COPY, 2))
    assert VerdictFile(path).by_pair() == {(A, B): Verdict.COPY, (B, C): Verdict.SERIES}


def test_a_new_word_replaces_the_old_one_and_can_be_taken_back(path: str) -> None:
    verdicts = VerdictFile(path)
    verdicts.give(word(A, B, Verdict.COPY))
    verdicts.give(word(A, B, Verdict.NOT_A_COPY))

    assert verdicts.by_pair() == {(A, B): Verdict.NOT_A_COPY}
    assert verdicts.take_back((A, B))
    assert not verdicts.take_back((A, B))
    assert verdicts.all() == ()


def test_asking_makes_no_file(path: str) -> None:
    assert VerdictFile(path).all() == ()
    assert not VerdictFile(path).take_back((A, B))
    assert not os.path.lexists(os.path.dirname(path))


@pytest.mark.parametrize("content", [b"no database at all" * 100, None])
def test_a_file_that_is_not_ours_is_an_error_and_stays(path: str, content: bytes | None) -> None:
    os.makedirs(os.path.dirname(path))
    if content is None:
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE other (x)")
        connection.close()
    else:
        Path(path).write_bytes(content)
    before = Path(path).read_bytes()

    with pytest.raises(StoreUnavailable, match="cannot be used"):
        VerdictFile(path).by_pair()
    assert Path(path).read_bytes() == before
