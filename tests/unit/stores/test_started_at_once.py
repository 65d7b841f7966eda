"""Several processes that start in the same moment on a new state directory all get their file."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.model.verdicts import Judged, Verdict
from py_image_dedup.stores.sqlite import SqliteStore
from py_image_dedup.stores.verdicts import VerdictFile
from py_image_dedup.stores.word_segments import WordSegmentFile
from tests.support.at_once import at_once

TURNS = 40
AT_ONCE = 8


def test_many_that_make_the_index_at_once_all_get_it(tmp_path: Path) -> None:
    for turn in range(TURNS):
        at_once(lambda path=str(tmp_path / f"{turn}.sqlite"): SqliteStore(path).close(), AT_ONCE)  # type: ignore[misc]


def test_an_index_that_stays_in_use_is_a_sentence(tmp_path: Path) -> None:
    path = str(tmp_path / "index.sqlite")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")

        with pytest.raises(StoreUnavailable, match="is in use by another program"):
            SqliteStore(path, busy_timeout_s=0.1)


def test_many_first_verdicts_at_once_are_all_kept(tmp_path: Path) -> None:
    for turn in range(TURNS):
        verdicts = VerdictFile(str(tmp_path / f"{turn}.sqlite"))
        contents = iter(range(1, AT_ONCE + 1))

        def give(verdicts: VerdictFile = verdicts, contents: "iter[int]" = contents) -> None:
            verdicts.give(Judged(bytes(32), bytes([next(contents)]) * 32, Verdict.COPY, "/a", "/b", 1))

        at_once(give, AT_ONCE)

        assert len(verdicts.all()) == AT_ONCE


def test_many_first_parts_of_words_at_once_are_all_kept(tmp_path: Path) -> None:
    for turn in range(TURNS):
        heard: list[str] = []
        parts = WordSegmentFile(str(tmp_path / f"{turn}.sqlite"), note=heard.append)

        at_once(lambda parts=parts: parts.replace("words-1", [], [b"part"]), AT_ONCE)  # type: ignore[misc]

        assert heard == []
        assert len(parts.kept("words-1")) == AT_ONCE
