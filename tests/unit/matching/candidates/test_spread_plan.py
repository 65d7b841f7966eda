"""With any number of worker processes a run that looks for edited copies makes the same Plan."""

import sys
from pathlib import Path

import pytest
from PIL import ImageOps

from py_image_dedup.demo.scenes import photograph
from py_image_dedup.matching.candidates import spread_search, word_candidates
from py_image_dedup.matching.candidates.spread_search import SpreadSearch
from py_image_dedup.model.listeners import Silence
from py_image_dedup.model.plans import Plan
from py_image_dedup.settings.load import load
from py_image_dedup.wiring.run import deduplicator_for
from tests.support.drawn import encoded, written
from tests.support.inner_daemon import NeverStop
from tests.support.look_alikes import photograph as another_photograph

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="one process asks alone elsewhere")
REMOVED = "same-bytes,same-pixels,same-picture,turned,edited"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library")
    for seed in (1, 2, 3):
        scene = photograph(seed, 1).convert("RGB").resize((640, 480))
        pictures = {
            "whole": scene,
            "part": scene.crop((0, 0, 440, 330)),
            "mirrored": ImageOps.mirror(scene).crop((80, 50, 600, 450)),
            "other": another_photograph(seed + 10),
        }
        for name, picture in pictures.items():
            written(folder, f"{name}-{seed}.jpg", encoded(picture, "JPEG", quality=92))
    return folder


def plan(library: Path, state: Path, workers: int) -> Plan:
    settings = load(
        paths=[str(library)],
        overrides={
            "state.directory": str(state),
            "analysis.threads": workers,
            "deduplication.remove": REMOVED,
            "dry_run": True,
        },
        environ={"HOME": str(state)},
    )
    with deduplicator_for(settings, Silence(), NeverStop()) as deduplicator:
        return deduplicator.deduplicate(act=False).plan


def test_one_or_two_or_eight_workers_make_the_same_plan(
    tmp_path: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_candidates, "SPREAD_FROM", 1)
    monkeypatch.setattr(spread_search, "ASKED_AT_ONCE", 2)
    spread: list[int] = []
    partners = SpreadSearch.partners

    def counted(self: SpreadSearch, *asked: object) -> object:
        spread.append(len(asked))
        return partners(self, *asked)  # type: ignore[arg-type]

    monkeypatch.setattr(SpreadSearch, "partners", counted)

    plans = [plan(library, tmp_path / str(workers), workers) for workers in (1, 2, 8)]

    assert len(spread) == 2  # one process asks alone
    assert plans[0].removals
    assert [p.removals for p in plans] == [plans[0].removals] * 3
    assert [p.groups for p in plans] == [plans[0].groups] * 3
