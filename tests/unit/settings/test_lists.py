"""Lists: written lists and split texts, paths, extensions, expressions, relations and rules."""

import pytest

from py_image_dedup.model.matches import Relation
from py_image_dedup.settings.lists import expressions, extensions, folders, items, relations, rules


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (["a", "b"], ["a", "b"]),
        ("a,b", ["a", "b"]),
        (" a , b ,", ["a", "b"]),
        ("", []),
        ([], []),
        (["", None, "a"], ["a"]),
        ([" a "], [" a "]),
        (7, ["7"]),
        ([2024, 1.5], ["2024", "1.5"]),
    ],
)
def test_items(written: object, expected: list[str]) -> None:
    assert items(written) == expected


@pytest.mark.parametrize("written", [{"a": 1}, [["a"]], [{"a": 1}], [True]])
def test_wrong_shapes_are_no_items(written: object) -> None:
    with pytest.raises(ValueError, match="stands where"):
        items(written)


def test_a_folder_is_taken_once_and_keeps_its_blanks_in_a_written_list() -> None:
    assert folders(["/a/", "/a", "/b "]) == ("/a", "/b ")
    assert folders("/a/, /b ") == ("/a", "/b")


def test_extensions_have_a_dot_and_no_case() -> None:
    assert extensions(".PNG,.jpg,png, jpeg") == (".png", ".jpg", ".jpeg")


def test_expressions_keep_their_case_and_commas_in_a_written_list() -> None:
    found = expressions([r"A{1,2}", "[[a]"])

    assert [pattern.pattern for pattern in found] == [r"A{1,2}", "[[a]"]
    assert found[0].flags & 2 == 0  # not re.IGNORECASE


@pytest.mark.parametrize("wrong", ["(", "a{999999999999999999999}", "*", "[", "(?P<a>b)(?P<a>c)"])
def test_a_wrong_expression_is_named(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a regular expression") as error:
        expressions([wrong])

    assert f"'{wrong}'" in str(error.value)


def test_relations_come_strongest_first_and_once() -> None:
    assert relations("turned, Same-Bytes,turned") == (Relation.SAME_BYTES, Relation.TURNED)
    assert relations("") == ()


def test_look_alikes_are_never_removed() -> None:
    with pytest.raises(ValueError, match="never removed"):
        relations("same-bytes,look-alike")
    with pytest.raises(ValueError, match="nearest is 'same-pixels'"):
        relations(["same-pixel"])


@pytest.mark.parametrize(
    "written",
    [
        [{"name": "more-exif-data"}, {"name": "longer-path"}],
        ["more-exif-data", "longer-path"],
        ["more-exif-data", None, {"name": "Longer-Path"}],
        '{"name":"more-exif-data"},{"name":"longer-path"}',
        ' {"name": "more-exif-data"} , {"name": "longer-path"} ',
        "{'name': 'more-exif-data'},{'name': 'longer-path'}",
        '[{"name": "more-exif-data"}, {"name": "longer-path"}]',
        '["more-exif-data", "longer-path"]',
        "more-exif-data, longer-path",
    ],
)
def test_every_way_to_write_rules(written: object) -> None:
    assert rules(written) == ("more-exif-data", "longer-path")


@pytest.mark.parametrize("written", [[], "", "[]", " [ ] "])
def test_no_rules_are_legal(written: object) -> None:
    assert rules(written) == ()


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("more-exif", "nearest is 'more-exif-data'"),
        ([{"nam": "more-exif-data"}], "one key `name`"),
        ([{"name": "more-exif-data", "weight": 2}], "one key `name`"),
        ([{}], "one key `name`"),
        ([["more-exif-data"]], "a list stands where"),
        ([7], "a int stands where"),
        ({"name": "more-exif-data"}, "a map stands where"),
        ('{"name": ', "write names"),
        ("{" * 5000, "write names"),
        ("__import__('os')", "unknown"),
    ],
)
def test_wrong_rules_are_reported(written: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        rules(written)
