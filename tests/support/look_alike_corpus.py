"""The corpus of look-alikes: series of pictures that look alike and are no copies, written as files, and their pairs.

Made from a seed, from the shared photographs where they are there; the same seed gives the same corpus.
"""

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from PIL import Image

from tests.support.alike_pages import DRAWN
from tests.support.alike_photographs import PHOTOGRAPHED, of_the_castle

KINDS = {make.__name__: make for make in (*PHOTOGRAPHED, *DRAWN)}
PICTURES = 5  # a series: ten pairs
TIMED = frozenset({"brackets"})  # pictures that differ by exposure alone are told apart by their times only
LOSSLESS = frozenset({"mail_screens", "editor_screens", "bar_charts", "corrected_charts", "line_charts", "slides"})
REAL = "views_of_a_castle"


@dataclass(frozen=True, slots=True)
class Series:
    """Pictures of one kind that show nearly the same. All pairs of them count."""

    kind: str
    paths: tuple[str, ...]

    def pairs(self) -> Iterator[tuple[str, str]]:
        yield from combinations(self.paths, 2)


def written_corpus(folder: Path, series_a_kind: int, seed: int = 1) -> list[Series]:
    """Write `series_a_kind` series of each kind into `folder`, and the real views where they are there."""
    made = [written_series(folder, kind, f"{seed}-{n}") for kind in KINDS for n in range(series_a_kind)]
    views = castle(folder)
    return [*made, views] if views.paths else made


def written_series(folder: Path, kind: str, seed: str) -> Series:
    """Write one series of a kind."""
    rng, place, paths = random.Random(f"{kind} {seed}"), folder / kind, []
    place.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(KINDS[kind](rng, PICTURES)):
        path = place / f"{seed}-{number}{'.png' if kind in LOSSLESS else '.jpg'}"
        options = {} if kind in LOSSLESS else {"quality": rng.choice([85, 90, 93])}
        picture.save(path, **options, exif=_times(number) if kind in TIMED else Image.Exif())
        paths.append(str(path))
    return Series(kind, tuple(paths))


def _times(number: int) -> Image.Exif:
    """What a camera writes of pictures that it takes one after the other."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Maker", "Model 7"
    exif.get_ifd(0x8769)[0x9003] = f"2019:07:14 11:20:{10 + number}"
    return exif


def castle(folder: Path) -> Series:
    """Copy the real views; none where the shared photographs are not there."""
    place = folder / REAL
    place.mkdir(parents=True, exist_ok=True)
    return Series(REAL, tuple(str(shutil.copy(path, place)) for path in of_the_castle()))
