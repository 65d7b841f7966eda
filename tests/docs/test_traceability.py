"""Every case of the threat list names a test that is there, or says that it waits."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| ([A-Z])(\d+) \| (.+) \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
CASES = {"A": 15, "B": 18, "C": 13, "D": 8, "E": 17, "F": 10, "G": 13, "H": 7, "W": 15, "J": 10}
ROWS = ROW.findall((ROOT / "docs/traceability.md").read_text("utf-8"))


def test_every_case_has_one_row_in_order() -> None:
    wanted = [(letter, str(n)) for letter, last in CASES.items() for n in range(1, last + 1)]

    assert [(letter, number) for letter, number, _, _ in ROWS] == wanted


@pytest.mark.parametrize(("letter", "number", "case", "answer"), ROWS, ids=[f"{row[0]}{row[1]}" for row in ROWS])
def test_a_row_names_tests_that_are_there_or_waits(letter: str, number: str, case: str, answer: str) -> None:
    tests = TEST.findall(answer)

    assert case
    assert bool(tests) is not answer.startswith("waiting: ")
    assert [name for path, name in tests if name not in names_in(path)] == []
    assert TEST.sub("", answer).replace("<br>", "") == "" or not tests


def test_every_row_of_removal_images_and_sqlite_names_a_test() -> None:
    core = [row for row in ROWS if row[0] in "ABCDEH" or row[:2] == ("J", "10")]

    assert {f"{row[0]}{row[1]}" for row in core if row[3].startswith("waiting")} == set()


def names_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
