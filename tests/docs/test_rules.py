"""docs/rules.md has a heading for each rule, and the default order."""

import re
from pathlib import Path

from py_image_dedup.keeping.rules import DEFAULT_RULES, RULES

PAGE = (Path(__file__).resolve().parents[2] / "docs/rules.md").read_text("utf-8")


def test_every_rule_has_a_heading_and_no_other_has() -> None:
    assert sorted(RULES) == sorted(re.findall(r"^## `(.+)`$", PAGE, re.MULTILINE))


def test_the_default_order_is_told() -> None:
    told = re.search(r"^The default, in this order: (.+)\.$", PAGE, re.MULTILINE)

    assert told is not None
    assert list(DEFAULT_RULES) == re.findall(r"`([^`]+)`", told[1])
