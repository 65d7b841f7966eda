"""The figures that the documentation gives are counted right: bounds of error rates, scores of labelled folders."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT / "bench"), *sys.path])


@pytest.mark.parametrize(("wrong", "judged", "most"), [(0, 100, 0.0295), (0, 3000, 0.000998), (1, 100, 0.0466)])
def test_a_bound_is_that_of_clopper_and_pearson(wrong: int, judged: int, most: float) -> None:
    from error_rates import bound

    assert bound(wrong, judged) == pytest.approx(most, rel=0.005)


def library(folder: Path) -> Path:
    for name in ("lake/lake.jpg", "lake/lake--cropped.jpg", "lake/lake--grey.jpg", "hill/hill.jpg", "alone.jpg"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return folder


def test_a_folder_of_ones_own_is_read_by_its_folders(tmp_path: Path) -> None:
    from labelled import labelled

    found = labelled(library(tmp_path))

    assert set(found.photo.values()) == {"lake", "hill", "alone.jpg"}
    assert sorted(found.copies().values()) == ["cropped", "grey"]


def test_what_would_be_lost_counts_as_lost(tmp_path: Path) -> None:
    from labelled import labelled, scored

    place = library(tmp_path).resolve()
    lake, cropped, hill = (str(place / name) for name in ("lake/lake.jpg", "lake/lake--cropped.jpg", "hill/hill.jpg"))

    score = scored(labelled(tmp_path), [[lake, cropped, hill]])

    assert (score.true_pairs, score.false_pairs, score.all_pairs, score.lost) == (1, 2, 3, 1)
