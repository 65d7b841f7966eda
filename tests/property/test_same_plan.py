"""The same library gives the same Plan, byte for byte: however the disk lists it, with however many workers."""

import os
import random
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from py_image_dedup.deduplicator import Deduplicator
from py_image_dedup.demo.library import make_library
from py_image_dedup.model.listeners import Silence
from py_image_dedup.model.wire import plan_to_json
from py_image_dedup.settings.load import load
from py_image_dedup.stores.memory import MemoryStore
from py_image_dedup.walking.walk import FolderEntry, walk
from py_image_dedup.wiring.reading import selection_of
from py_image_dedup.wiring.run import parts_for
from tests.support.drawn import drawn, encoded

RUNS = 20
WORKERS = (1, 2, 3, 4)
RELATIONS = "same-bytes,same-pixels,same-picture,turned"


class NeverStops:
    """The stop of a run that nobody interrupts."""

    def __call__(self) -> bool:
        return False

    def held(self) -> None:
        raise AssertionError("a dry run holds nothing back")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo library with rows of copies in which every choice is close: equal bytes, equal times, equal sizes."""
    root = tmp_path_factory.mktemp("same plan") / "Pictures"
    make_library(str(root), 1)
    for number in range(3):
        picture = drawn(number, 240, 180)
        for quality in (95, 90, 85, 80):
            (root / f"{number}").mkdir(exist_ok=True)
            (root / f"{number}" / f"saved {quality}.jpg").write_bytes(encoded(picture, "JPEG", quality=quality))
        for place in ("Upload", "Export", "Messenger"):
            shutil.copy(root / f"{number}" / "saved 90.jpg", root / place / f"{number}.jpg")
    for folder, _, names in os.walk(root):
        for name in names:
            os.utime(os.path.join(folder, name), (1_700_000_000, 1_700_000_000))
    return root


def shuffled(seed: int) -> Callable[[int | str], Iterable[FolderEntry]]:
    """Lists folders in an order of its own."""
    order = random.Random(seed)

    def scan(folder: int | str) -> list[FolderEntry]:
        entries: list[FolderEntry] = list(os.scandir(folder))
        order.shuffle(entries)
        return entries

    return scan


def plan_of(root: Path, state: Path, seed: int, relations: str = RELATIONS) -> str:
    """The plan of a run that knows nothing yet."""
    overrides = {"state.directory": str(state), "deduplication.remove": relations}
    environ = {"PY_IMAGE_DEDUP_ANALYSIS_THREADS": str(WORKERS[seed % len(WORKERS)])}
    settings = load(paths=[str(root)], overrides=overrides, environ=environ)
    parts = parts_for(settings, MemoryStore(), Silence(), NeverStops())  # type: ignore[arg-type]
    walked = partial(walk, [str(root)], selection_of(settings), shuffled(seed))
    plan = Deduplicator(replace(parts, walk=walked)).deduplicate(act=False).plan
    assert plan is not None
    return plan_to_json(plan)


def test_the_plan_is_the_same_byte_for_byte(library: Path, tmp_path: Path) -> None:
    plans = [plan_of(library, tmp_path / "state", seed) for seed in range(RUNS)]

    assert plans[0].count('"victim"') >= 20
    assert len(set(plans)) == 1


def test_the_plan_for_edited_copies_is_the_same_too(tmp_path: Path) -> None:
    root = tmp_path / "Pictures"
    root.mkdir()
    for number in range(3):
        picture = drawn(number, 480, 360)
        (root / f"{number}.jpg").write_bytes(encoded(picture, "JPEG", quality=92))
        for part, box in enumerate(((0, 0, 400, 300), (60, 40, 480, 360), (40, 40, 440, 320))):
            (root / f"{number} part {part}.jpg").write_bytes(encoded(picture.crop(box), "JPEG", quality=90))

    plans = [plan_of(root, tmp_path / "state", seed, f"{RELATIONS},edited") for seed in range(len(WORKERS))]

    assert plans[0].count('"edited"') >= 6
    assert len(set(plans)) == 1


def test_the_orders_differ(library: Path) -> None:
    def names(seed: int) -> list[str]:
        return [entry.name for entry in shuffled(seed)(str(library))]

    assert len({tuple(names(seed)) for seed in range(RUNS)}) >= 10
