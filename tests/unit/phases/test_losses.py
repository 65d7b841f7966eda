"""Files that would go are asked what they say once for each content; one that changed since is asked again."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from PIL import Image

from py_image_dedup.analysis.descriptions import DescriptionReader
from py_image_dedup.analysis.limits import AnalysisLimits
from py_image_dedup.keeping.planning import make_plan
from py_image_dedup.keeping.policy import PlanPolicy
from py_image_dedup.model.descriptions import CAPTION, Description, Said
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import REMOVABLE
from py_image_dedup.phases.losses import Losses
from py_image_dedup.stores.memory import MemoryStore
from tests.support.records import record, star

KEEPER, COPY = record("/lib/a.jpg", size=9000), record("/lib/b.jpg")
PLAN = make_plan([star(KEEPER, COPY)], PlanPolicy(remove=frozenset(REMOVABLE)))


def test_each_content_is_asked_once(tmp_path: Path) -> None:
    asked: list[str] = []

    def describe(records: Iterable[ImageRecord]) -> Iterator[tuple[ImageRecord, Description | None]]:
        for one in records:
            asked.append(one.file.path)
            yield one, Description((Said(CAPTION, ("at sea",)),)) if one.file == COPY.file else None

    losses = Losses(MemoryStore(), describe, merge=True)

    for _ in range(2):
        told = losses(PLAN)
        assert [member.loses for member in told.groups[0].members] == [(), (CAPTION,)]
        assert told.removals[0].merge == (CAPTION,)
    assert asked == ["/lib/a.jpg", "/lib/b.jpg"]


def test_the_reader_answers_for_the_content_it_was_asked_about_alone(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "at sea"
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", exif=exif)
    shutil.copy(tmp_path / "a.jpg", tmp_path / "changed.jpg")
    (tmp_path / "no picture.jpg").write_bytes(b"no picture")
    records = {name: at(tmp_path / name) for name in ("a.jpg", "changed.jpg", "no picture.jpg")}
    Image.new("RGB", (9, 9)).save(tmp_path / "changed.jpg")

    answers = {Path(r.file.path).name: said for r, said in DescriptionReader(1, AnalysisLimits())(records.values())}

    assert answers == {"a.jpg": Description((Said(CAPTION, ("at sea",)),)), "no picture.jpg": None}


def at(path: Path) -> ImageRecord:
    made = record(str(path))
    return replace(made, sha256=sha256(path.read_bytes()).digest())
