"""What undo brought back is known by its path and its content, until it goes from there again."""

import hashlib
import os
from pathlib import Path

import pytest

from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.model.plans import Way
from tests.support.libraries import FixedClock, plan, remove
from tests.support.tree import make_tree

SAME = hashlib.sha256(b"same").digest()


@pytest.fixture
def disposal(tmp_path: Path) -> Disposal:
    return Disposal(str(tmp_path / "state"), FixedClock())


@pytest.fixture
def root(tmp_path: Path) -> str:
    return make_tree(tmp_path / "library", {"keep.jpg": "same", "copy.jpg": "same", "copy.xmp": "its caption"})


def act(disposal: Disposal, root: str, run_id: str, way: Way = Way.QUARANTINE, *companions: str) -> None:
    list(disposal.dispose(run_id, plan([root], remove(root, "copy.jpg", "keep.jpg", *companions, way=way))))


def test_nothing_was_brought_back_before_there_is_a_journal(disposal: Disposal, tmp_path: Path) -> None:
    assert disposal.brought_back() == frozenset()
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("way", [Way.QUARANTINE, Way.HARDLINK, Way.SYMLINK])
def test_it_is_known_from_undo_until_it_goes_again(disposal: Disposal, root: str, way: Way) -> None:
    act(disposal, root, "run-1", way)
    assert disposal.brought_back() == frozenset()

    list(disposal.undo("run-1"))
    assert disposal.brought_back() == {(f"{root}/copy.jpg", SAME)}

    act(disposal, root, "run-2", way)
    assert disposal.brought_back() == frozenset()

    list(disposal.undo("run-2"))
    assert disposal.brought_back() == {(f"{root}/copy.jpg", SAME)}


def test_an_act_that_was_refused_takes_nothing_of_it_back(disposal: Disposal, root: str) -> None:
    act(disposal, root, "run-1")
    list(disposal.undo("run-1"))
    planned = plan([root], remove(root, "copy.jpg", "keep.jpg"))
    os.utime(f"{root}/copy.jpg")

    list(disposal.dispose("run-2", planned))

    assert disposal.brought_back() == {(f"{root}/copy.jpg", SAME)}


def test_under_another_name_it_is_known_by_that_name(disposal: Disposal, root: str) -> None:
    act(disposal, root, "run-1")
    Path(root, "copy.jpg").write_bytes(b"somebody else's")

    (restored,) = disposal.undo("run-1")

    assert restored.path != f"{root}/copy.jpg"
    assert disposal.brought_back() == {(restored.path, SAME)}


def test_companions_are_known_too(disposal: Disposal, root: str) -> None:
    act(disposal, root, "run-1", Way.QUARANTINE, "copy.xmp")

    list(disposal.undo("run-1"))

    caption = hashlib.sha256(b"its caption").digest()
    assert disposal.brought_back() == {(f"{root}/copy.jpg", SAME), (f"{root}/copy.xmp", caption)}
