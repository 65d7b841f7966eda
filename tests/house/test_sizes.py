"""Functions read like the algorithm they are; files fit a head."""

from statistics import median

from tests.house.house import functions, modules

LONGEST_FUNCTION = 60
LONGEST_FILE = 400
MEDIAN_FUNCTION = 8
SHARE_OVER_30 = 0.05


def test_no_function_is_too_long() -> None:
    assert [(name, n) for m in modules() for name, n in functions(m) if n > LONGEST_FUNCTION] == []


def test_functions_are_short_as_a_rule() -> None:
    lengths = [n for m in modules() for _, n in functions(m)]

    assert median(lengths) <= MEDIAN_FUNCTION
    assert sum(n > 30 for n in lengths) <= SHARE_OVER_30 * len(lengths)


def test_no_file_is_too_long() -> None:
    assert [(m.name, m.source.count("\n")) for m in modules() if m.source.count("\n") > LONGEST_FILE] == []


def test_every_module_says_what_it_is_for() -> None:
    import ast

    assert [m.name for m in modules() if not ast.get_docstring(m.tree)] == []
