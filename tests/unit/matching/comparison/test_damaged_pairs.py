"""A copy with broken blocks is shown to a person, whatever else speaks for it."""

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np

from py_image_dedup.demo.scenes import photograph
from py_image_dedup.matching.comparison.compare import Pair
from py_image_dedup.matching.comparison.damaged_pairs import DamageAwarePairTask
from py_image_dedup.matching.comparison.edited_pairs import EditAwarePairTask
from py_image_dedup.matching.evidence.words import seen_from
from py_image_dedup.matching.geometry.alignment import Picture
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import ImageFacts, ImageRecord
from py_image_dedup.model.matches import Candidate, Comparison, Relation


def whole() -> Picture:
    image = photograph(1, 1).convert("RGB")
    image.thumbnail((480, 480))
    return np.asarray(image)


def broken() -> Picture:
    picture = whole().copy()
    picture[96:104, 96:112] = 255 - picture[96:104, 96:112]
    return picture


def again() -> Picture:
    return (whole() * 0.95 + 5).astype(np.uint8)


PICTURES = {"whole": whole, "broken": broken, "again": again}


def read(path: str, _: int) -> Picture:
    return PICTURES[Path(path).name]()


def digest(path: str) -> bytes:
    return path.encode()


def record(folder: Path, name: str) -> ImageRecord:
    path = folder / name
    path.write_bytes(b"")
    status = path.stat()
    file = ImageFile(str(path), str(folder), 0, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev)
    return ImageRecord(file, name.encode().ljust(32), ImageFacts(480, 320, "JPEG", "RGB"))


def compared(folder: Path, left: str, right: str) -> tuple[ImageRecord, ImageRecord, Comparison]:
    one, other = record(folder, left), record(folder, right)
    task = pickle.loads(pickle.dumps(DamageAwarePairTask(read, digest)))
    (found,) = task([Pair(Candidate(one.sha256, other.sha256, 1, 0.1), one, other)]).comparisons
    return one, other, found


def test_a_broken_copy_is_no_same_picture_and_says_why(tmp_path: Path) -> None:
    one, other, found = compared(tmp_path, "broken", "whole")

    match = seen_from(one, other, found)

    assert found.relation is Relation.LOOK_ALIKE
    assert match is not None
    assert match.evidence.words.startswith("damaged: 1 % of the picture")


def test_a_sound_copy_stays_the_same_picture(tmp_path: Path) -> None:
    _, _, found = compared(tmp_path, "again", "whole")

    assert found.relation is Relation.SAME_PICTURE
    assert found.evidence.words == ""


def test_a_same_picture_whose_data_is_broken_is_shown_however_alike_they_look(tmp_path: Path) -> None:
    one, other = (replace(record(tmp_path, name), sha256=name.encode().rjust(32)) for name in ("again", "whole"))
    asked: list[str] = []

    def broken_data(path: str) -> str | None:
        asked.append(Path(path).name)
        return "a scan breaks off" if path == other.file.path else None

    task = EditAwarePairTask(read, digest, broken_data)
    (found,) = task([Pair(Candidate(one.sha256, other.sha256, 1, 0.1), one, other)]).comparisons
    task([Pair(Candidate(one.sha256, other.sha256, 1, 0.1), one, other)])

    assert found.relation is Relation.LOOK_ALIKE
    assert found.evidence.words == "damaged: picture data of one of them is broken (a scan breaks off)"
    assert asked == ["again", "whole"]


def test_data_of_the_smaller_one_is_not_asked_for(tmp_path: Path) -> None:
    large, small = record(tmp_path, "again"), record(tmp_path, "whole")
    small = replace(small, sha256=b"small".rjust(32), facts=replace(small.facts, width=479))
    large = replace(large, sha256=b"large".rjust(32))
    asked: list[str] = []
    task = DamageAwarePairTask(read, digest, lambda path: asked.append(Path(path).name))

    task([Pair(Candidate(large.sha256, small.sha256, 1, 0.1), large, small)])

    assert asked == ["again"]


def test_data_of_other_formats_is_not_asked_for(tmp_path: Path) -> None:
    one, other = record(tmp_path, "again"), record(tmp_path, "whole")
    pictures = [replace(r, sha256=r.sha256[::-1], facts=ImageFacts(480, 320, "PNG", "RGB")) for r in (one, other)]

    def broken_data(path: str) -> str | None:
        raise AssertionError(path)

    pair = Pair(Candidate(pictures[0].sha256, pictures[1].sha256, 1, 0.1), *pictures)
    (found,) = DamageAwarePairTask(read, digest, broken_data)([pair]).comparisons

    assert found.relation is Relation.SAME_PICTURE
