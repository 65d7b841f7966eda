#!/usr/bin/env python3
"""How much faster the second run over an unchanged library is than the first.

    bench/second_run.py PHOTOS --count 10000 [--library DIR]

PHOTOS     a folder of photographs; each picture of the library is made of four of them
--library  where the library is made, or where it lies since the last time; a temporary folder if it is not given

The library has JPEGs of 2 megapixels with sensor noise, and 2 % of it are copies: half of them the same bytes, half
saved again. Both runs are `deduplicate --dry-run` with two workers; the second finds every file in the index.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parents[1]
QUARTER = (816, 612)
QUALITY = 92
NOISE_SIGMA = 3.0
COPY_EVERY = 50
IN_ONE_FOLDER = 200
SUFFIXES = {".jpg", ".jpeg", ".png"}
SOURCES = 160  # photographs held in memory: 1.5 MB each
REQUIRED = 50

Picture = npt.NDArray[np.uint8]


class Cost(NamedTuple):
    """Of one run."""

    processor_s: float
    wall_s: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--library", type=Path)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        library = wanted.library or Path(place) / "Pictures"
        make_library(wanted.photos, library, wanted.count)
        report(library, Path(place) / "state", wanted.count)


def make_library(photos: Path, library: Path, count: int) -> None:
    """Those of the `count` files that are not there yet."""
    missing = [number for number in range(count) if not _place(library, number).exists()]
    for folder in {_place(library, number).parent for number in missing}:
        folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(2) as pool:
        for _ in pool.map(partial(_write, photos, library), missing, chunksize=50):
            pass


def _place(library: Path, number: int) -> Path:
    return library / f"{number // IN_ONE_FOLDER:03d}" / f"IMG_{number:05d}.jpg"


def _write(photos: Path, library: Path, number: int) -> None:
    """Every fiftieth file is a copy of the one before it, in turns of its bytes and of its pixels."""
    place = _place(library, number)
    copies = number % COPY_EVERY == COPY_EVERY - 1
    if copies and number % (2 * COPY_EVERY) > COPY_EVERY:
        shutil.copyfile(_written(photos, library, number - 1), place)
        return
    picture = _picture(photos, number - copies)
    cv2.imwrite(str(place), picture, [cv2.IMWRITE_JPEG_QUALITY, 80 if copies else QUALITY])


def _written(photos: Path, library: Path, number: int) -> Path:
    place = _place(library, number)
    if not place.exists():
        _write(photos, library, number)
    return place


def _picture(photos: Path, number: int) -> Picture:
    random = np.random.default_rng(number)
    quarters = [_quarters(photos)[chosen] for chosen in random.choice(len(_quarters(photos)), 4, replace=False)]
    whole = np.vstack([np.hstack(quarters[:2]), np.hstack(quarters[2:])]).astype(np.int16)
    rows, columns = random.integers(0, 200, 2)
    grain = _grain()[rows : rows + whole.shape[0], columns : columns + whole.shape[1], None]
    return np.asarray(np.clip(whole + grain, 0, 255), np.uint8)


@cache
def _quarters(photos: Path) -> list[Picture]:
    paths = sorted(path for path in photos.rglob("*") if path.suffix.lower() in SUFFIXES)[:SOURCES]
    read = (cv2.imread(str(path)) for path in paths)
    return [np.asarray(cv2.resize(p, QUARTER, interpolation=cv2.INTER_CUBIC), np.uint8) for p in read if p is not None]


@cache
def _grain() -> npt.NDArray[np.int16]:
    side = 200 + 2 * max(QUARTER)
    return np.random.default_rng(1).normal(0, NOISE_SIGMA, (side, side)).round().astype(np.int16)


def report(library: Path, state: Path, count: int) -> None:
    size = sum(f.stat().st_size for f in library.rglob("*.jpg")) / count / 1e6
    print(f"{count} JPEGs of {4 * QUARTER[0] * QUARTER[1] / 1e6:.1f} megapixels, {size:.2f} MB each")
    first, second = measured(library, state), min(measured(library, state) for _ in range(3))
    for name, cost in (("first run", first), ("second run, the least of three", second)):
        print(f"{name:32s}{cost.processor_s:9.2f} s of processor time {cost.wall_s:9.2f} s in all")
    ratios = Cost(first.processor_s / second.processor_s, first.wall_s / second.wall_s)
    print(f"{'times faster':32s}{ratios.processor_s:9.1f}   of processor time {ratios.wall_s:9.1f}   in all")
    if min(ratios) < REQUIRED:
        sys.exit(f"the second run must be at least {REQUIRED} times faster")


def measured(library: Path, state: Path) -> Cost:
    """Of a dry run with all its children."""
    command = [sys.executable, "-m", "py_image_dedup", "deduplicate", "--dry-run", "--state", str(state), str(library)]
    environment = {**os.environ, "PY_IMAGE_DEDUP_ANALYSIS_THREADS": "2"}
    before, started_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment, cwd=ROOT)
    wall_s, after = time.monotonic() - started_s, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost((after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime), wall_s)


if __name__ == "__main__":
    main()
