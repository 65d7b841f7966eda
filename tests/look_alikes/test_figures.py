"""The figures that the documentation gives are counted right: bounds of error rates, scores of labelled folders."""

import argparse
import json
import sys
from pathlib import Path

import pytest
from PIL import Image

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


def shot(path: Path, size: tuple[int, int]) -> Path:
    exif = Image.Exif()
    exif[0x0110] = "Camera 12"
    exif[0x0112] = 6
    exif.get_ifd(0x8769)[0x9003] = "2015:02:09 22:47:44"
    exif.get_ifd(0x8769)[0xA002] = size[0]
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, "teal").save(path, exif=exif)
    return path


def test_a_large_photograph_is_reduced_and_keeps_its_time_of_capture(tmp_path: Path) -> None:
    from photographs import gathered

    shot(tmp_path / "camera/lamp.jpeg", (1600, 1200))

    (made,) = gathered(tmp_path / "camera", tmp_path / "made", 800).iterdir()

    with Image.open(made) as picture:
        exif = picture.getexif()
        assert (picture.size, exif[0x0110], exif[0x0112]) == ((800, 600), "Camera 12", 6)
        assert exif.get_ifd(0x8769) == {0x9003: "2015:02:09 22:47:44", 0xA002: 800, 0xA003: 600}


def test_other_photographs_are_taken_as_they_are(tmp_path: Path) -> None:
    from photographs import gathered

    large, small = shot(tmp_path / "camera/large.jpg", (1600, 1200)), shot(tmp_path / "camera/small.jpg", (640, 480))

    as_they_are = gathered(tmp_path / "camera", tmp_path / "all", None)
    reduced = gathered(tmp_path / "camera", tmp_path / "reduced", 800)

    assert {path.resolve() for path in as_they_are.iterdir()} == {large, small}
    assert {path.resolve() for path in reduced.iterdir() if path.is_symlink()} == {small}
    assert gathered(tmp_path / "camera", tmp_path / "reduced", 800) == reduced  # and again, as it lies there


def test_what_was_measured_of_another_set_is_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import accuracy_beside
    from accuracy_peers import Program

    library(tmp_path / "set")
    finds_nothing = [Program("nothing", lambda _: []), Program("something else", lambda _: [])]
    monkeypatch.setattr(accuracy_beside, "programs", lambda *_: finds_nothing)
    wanted = argparse.Namespace(czkawka=None, peers_python=None, only=["nothing"], results=tmp_path / "results.json")
    of_more = accuracy_beside.asked(finds_nothing[0], tmp_path / "set")
    results = {"nothing | set": {**of_more, "files": 7}}

    accuracy_beside.run_all(wanted, {"set": tmp_path / "set"}, results)

    assert list(results) == ["nothing | set"]
    assert results["nothing | set"]["files"] == 5
    assert json.loads(wanted.results.read_text()) == results


def test_error_rates_add_up_over_calls_and_ask_nothing_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import error_rates

    def answers(_wanted: argparse.Namespace, seed: int, _scratch: Path) -> list[tuple[str, bool]]:
        asked.append(seed)
        return [("turned", True), ("turned", seed != 2), ("edited", True)]

    asked: list[int] = []
    monkeypatch.setattr(error_rates, "of_copies", answers)
    wanted = argparse.Namespace(originals=5, copies=0, kinds="all", longest=0, seeds="1,2", series=0)
    wanted.results = tmp_path / "results.json"

    known = error_rates.measured(wanted, {})
    again = error_rates.measured(wanted, json.loads(wanted.results.read_text()))

    assert asked == [1, 2]
    assert error_rates.summed(known.values()) == {"turned": (4, 1), "edited": (2, 0)}
    assert error_rates.summed(again.values()) == error_rates.summed(known.values())


def test_table_and_plots_come_between_their_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import accuracy_beside

    document = tmp_path / "benchmarks.md"
    document.write_text(f"before\n\n{accuracy_beside.BEGIN}\nold\n{accuracy_beside.END}\n\nafter\n")
    monkeypatch.setattr(accuracy_beside, "DOCUMENT", document)
    one = {"true_pairs": 3, "false_pairs": 1, "all_pairs": 4, "lost": 1, "processor_s": 2.0, "files": 4}
    one |= {"found": {"crop-90": 1}, "copies": {"crop-90": 2}, "photographs": 2}

    accuracy_beside.write({"finder, default | lakes 1": one})

    text = document.read_text()
    assert text.startswith("before\n\n<!--")
    assert text.endswith("-->\n\nafter\n")
    assert "| finder, default | 0.5000 | 0.7500 | 1 | 1 | 500 ms |" in text
    assert "old" not in text
    assert "50%" in (tmp_path / "benchmarks-kinds.svg").read_text()
    assert "finder, default" in (tmp_path / "benchmarks-recall.svg").read_text()
