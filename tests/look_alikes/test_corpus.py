"""Pictures that look alike and are no copies are never called the same, turned or edited: 24 kinds and real views."""

from pathlib import Path

import pytest
from PIL import Image, ImageOps

from py_image_dedup.model.matches import Relation
from tests.support.judged_look_alikes import Judged, judged
from tests.support.look_alike_corpus import KINDS, REAL, Series, castle, written_series
from tests.support.shared import SHARED

LEAST_KINDS, LEAST_PAIRS = 8, 2000
LEAST_SHARE = 0.9  # of the pairs that are related at all
HARMLESS = {None, Relation.LOOK_ALIKE}
HDR = SHARED / "photos/exif-samples"
NIGHTLY_SERIES = 9


def all_judged(folder: Path, kind: str, seeds: range) -> list[Judged]:
    return [pair for seed in seeds for pair in judged(written_series(folder, kind, f"night-{seed}"))]


def must_be_look_alikes(pairs: list[Judged]) -> None:
    assert [(pair.left, pair.right, pair.relation) for pair in pairs if pair.relation not in HARMLESS] == []
    related = [pair for pair in pairs if pair.relation is not None]
    assert sum(pair.relation is Relation.LOOK_ALIKE for pair in related) >= LEAST_SHARE * len(related)


@pytest.mark.parametrize("kind", KINDS)
def test_a_series_of_each_kind_holds_no_copies(tmp_path: Path, kind: str) -> None:
    pairs = list(judged(written_series(tmp_path, kind, "day")))
    assert len(pairs) == 10
    must_be_look_alikes(pairs)


def test_bottles_whose_labels_bear_other_pictures_are_no_copies(tmp_path: Path) -> None:
    """A dark picture on one label passed for something drawn over the other; the rest of both is one bottle."""
    must_be_look_alikes(list(judged(written_series(tmp_path, "labels", "611-0"))))


def test_views_of_one_castle_are_no_copies(tmp_path: Path) -> None:
    views = castle(tmp_path)
    if views.paths:  # real photographs, where the shared ones are there
        must_be_look_alikes(list(judged(views)))


@pytest.mark.skipif(not HDR.is_dir(), reason="the shared photographs are not there")
@pytest.mark.parametrize("camera", ["canon", "iphone"])
@pytest.mark.parametrize(("plain", "toned"), [(800, 800), (1600, 800), (500, 1600)])
def test_pictures_with_and_without_hdr_are_no_copies_without_their_times(
    tmp_path: Path, camera: str, plain: int, toned: int
) -> None:
    """As messengers forward them: no metadata, reduced. The hand had moved a little in between."""
    paths = [tmp_path / f"{name}.jpg" for name in ("NO", "YES")]
    for path, longest in zip(paths, (plain, toned), strict=True):
        with Image.open(HDR / f"jpg_hdr_{camera}_hdr_{path.name}") as photograph:
            shown = ImageOps.exif_transpose(photograph)
            shown.thumbnail((longest, longest))
            shown.save(path, exif=b"", quality=92)
    (pair,) = judged(Series("hdr", tuple(map(str, paths))))
    assert pair.relation is Relation.LOOK_ALIKE


def test_photographs_of_a_series_are_shown_together(tmp_path: Path) -> None:
    """Else the corpus would say nothing: pictures that no comparison relates are no look-alikes to it."""
    for kind in ("burst", "retakes", "panned_frames", "brackets", "things_on_a_table"):
        assert Relation.LOOK_ALIKE in {pair.relation for pair in judged(written_series(tmp_path, kind, "shown"))}


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", KINDS)
def test_the_whole_corpus_holds_no_copies(tmp_path: Path, kind: str) -> None:
    must_be_look_alikes(all_judged(tmp_path, kind, range(NIGHTLY_SERIES)))


def test_the_whole_corpus_has_two_thousand_pairs_of_eight_kinds() -> None:
    pairs_a_series = 10
    assert len(KINDS) >= LEAST_KINDS
    assert len(KINDS) * NIGHTLY_SERIES * pairs_a_series >= LEAST_PAIRS
    assert REAL not in KINDS
