"""What is asked of the index takes as long as the answer is, however many pictures there are."""

import sqlite3
from pathlib import Path

import pytest

from py_image_dedup.stores import sqlite
from py_image_dedup.stores.sqlite import SqliteStore

TABLES = ("records", "comparisons", "searched", "soundness")
QUESTIONS = {
    name: value
    for name, value in vars(sqlite).items()
    if isinstance(value, str) and "SELECT" in value and ("?*" in value or " ?" in value)
}


def test_there_are_questions() -> None:
    assert {"_BY_PATH", "_BY_STAT", "_BETWEEN", "_COMPARISONS", "_SEARCHED", "_SOUNDNESS"} <= QUESTIONS.keys()


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_no_question_reads_a_whole_table(name: str, tmp_path: Path) -> None:
    SqliteStore(str(tmp_path / "index.sqlite")).close()
    value = "(?, ?)" if "VALUES" in QUESTIONS[name] else "?"
    question = QUESTIONS[name].replace("?*", ",".join([value] * 450))
    with sqlite3.connect(tmp_path / "index.sqlite") as connection:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {question}", [0] * question.count("?"))]

    assert [step for step in plan if step.startswith(tuple(f"SCAN {table}" for table in TABLES))] == []
    assert any(step.startswith("SEARCH") for step in plan)
