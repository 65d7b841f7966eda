"""The memory of the roots lasts, survives every name, and is nothing that its loss would break."""

import os
from pathlib import Path

import pytest

from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.model.roots import RootSeen, Volume
from py_image_dedup.stores.root_file import RootFile
from tests.support.tree import AWKWARD_NAMES

A = RootSeen(
    "/a", 3, tuple((name, n) for n, name in enumerate(AWKWARD_NAMES)), Volume(2**63, "nas:/x"), frozenset({"k"})
)
B = RootSeen("/\udcff", 0, ())


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "state" / "roots.json")


def test_what_was_remembered_is_recalled(path: str) -> None:
    assert RootFile(path).recall(["/a"]) == {}

    RootFile(path).remember([A])
    RootFile(path).remember([B])

    assert RootFile(path).recall(["/a", "/\udcff", "/c"]) == {"/a": A, "/\udcff": B}
    assert RootFile(path).recall(["/c"]) == {}


def test_the_last_word_holds(path: str) -> None:
    RootFile(path).remember([A])
    RootFile(path).remember([RootSeen("/a", 7, ())])

    assert RootFile(path).recall(["/a"])["/a"].files == 7


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"roots": 3}', '{"roots": [{"root": "/a"}]}', "\xff"])
def test_a_damaged_file_is_told_and_made_anew(path: str, damage: str) -> None:
    RootFile(path).remember([A])
    Path(path).write_text(damage)
    told: list[str] = []

    assert RootFile(path, note=told.append).recall(["/a"]) == {}
    assert len(told) == 1
    RootFile(path).remember([A])
    assert RootFile(path).recall(["/a"]) == {"/a": A}


def test_a_folder_in_its_place_is_told(path: str) -> None:
    os.makedirs(path)

    with pytest.raises(StoreUnavailable, match=r"roots\.json cannot be written"):
        RootFile(path).remember([A])
