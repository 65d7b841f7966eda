"""Processor time per file and stage of the analysis, on camera-like JPEGs of 12 megapixels and on web-size ones.

    python bench/analysis_speed.py [--pictures 12]

The pictures are made by enlarging different photographs of the shared folder (drawn ones where it is absent) and adding
sensor noise; quality 90 gives about 4 MB. One process, one thread, files in the page cache; the least of three rounds.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from py_image_dedup.analysis.analyse import analyse_file
from py_image_dedup.analysis.content import Content, read_content
from py_image_dedup.analysis.decode import opened, reduced_grey
from py_image_dedup.analysis.decoders import prepare_decoders
from py_image_dedup.analysis.file_analyser import FileAnalyser
from py_image_dedup.analysis.fingerprints.detail import detail_of
from py_image_dedup.analysis.fingerprints.pdq import area_grid, pdq
from py_image_dedup.analysis.limits import AnalysisLimits
from py_image_dedup.analysis.metadata import exif_facts, exif_of
from py_image_dedup.analysis.sniff import sniff
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import ImageRecord
from tests.support.drawn import drawn, image_file
from tests.support.shared import SHARED

CAMERA_SIZE = (4000, 3000)
NOISE_SIGMA = 9.0
METHODS = ("pdq", "pixels")


def photographs(count: int) -> list[Image.Image]:
    paths = sorted((SHARED / "photos/imagenet-sample").glob("*.JPEG"))[:: max(1, 400 // count)][:count]
    return [Image.open(path).convert("RGB") for path in paths] or [drawn(n, 500, 375) for n in range(count)]


def exif() -> Image.Exif:
    """About as many entries as a camera writes."""
    entries = Image.Exif()
    entries.update({0x010F: "Maker", 0x0110: "Maker Model 1", 0x0112: 1, 0x0132: "2020:01:02 03:04:05", 0x0131: "1.0"})
    entries.get_ifd(0x8769).update({0x9003: "2020:01:02 03:04:05", 0x829A: 0.01, 0x829D: 2.8, 0x8827: 100})
    entries.get_ifd(0x8769).update({0xA402 + n: n for n in range(8)} | {0x927C: bytes(12_000)})
    entries.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 12.5), 3: "E", 4: (11.0, 34.0, 30.0)})
    return entries


def camera_jpegs(folder: str, count: int) -> list[ImageFile]:
    random = np.random.default_rng(1)
    files = []
    for n, photograph in enumerate(photographs(count)):
        large = np.asarray(photograph.resize(CAMERA_SIZE, Image.Resampling.LANCZOS)).astype(np.float32)
        noisy = np.clip(large + random.normal(0, NOISE_SIGMA, large.shape), 0, 255).astype(np.uint8)
        path = os.path.join(folder, f"camera-{n}.jpg")
        Image.fromarray(noisy).save(path, quality=90, exif=exif())
        files.append(image_file(path))
    return files


def web_jpegs(folder: str, count: int) -> list[ImageFile]:
    files = []
    for n, photograph in enumerate(photographs(count)):
        path = os.path.join(folder, f"web-{n}.jpg")
        photograph.save(path, quality=85)
        files.append(image_file(path))
    return files


def read_exif(content: Content) -> None:
    with opened(content, sniff(content.head, content.path)) as image:
        exif_facts(exif_of(image))


def decoded(content: Content) -> np.ndarray:
    with opened(content, sniff(content.head, content.path)) as image:
        return reduced_grey(content, image)


def milliseconds(steps: list[Callable[[], object]]) -> float:
    """Processor time a step, the least of three rounds."""
    rounds = []
    for _ in range(3):
        began = time.process_time()
        for step in steps:
            step()
        rounds.append((time.process_time() - began) * 1000 / len(steps))
    return min(rounds)


def stages(files: list[ImageFile]) -> dict[str, float]:
    contents = [read_content(file.path) for file in files]
    greys = [decoded(content) for content in contents]
    grids = [area_grid(grey) for grey in greys]
    details = [partial(detail_of, grey, grid, 3000) for grey, grid in zip(greys, grids, strict=True)]
    header = milliseconds([partial(read_exif, content) for content in contents])
    return {
        "read and SHA-256": milliseconds([partial(read_content, file.path) for file in files]),
        "header and EXIF": header,
        "header and reduced decode": milliseconds([partial(decoded, content) for content in contents]),
        "64 x 64 cells": milliseconds([partial(area_grid, grey) for grey in greys]),
        "PDQ, 8 orientations": milliseconds([partial(pdq, grid) for grid in grids]),
        "detail": milliseconds(details),
        "whole analysis": milliseconds([partial(analyse_file, file, METHODS) for file in files]),
        "reduced decode by OpenCV alone": milliseconds([partial(floor, content) for content in contents]),
    }


def floor(content: Content) -> None:
    assert content.data is not None
    factor = cv2.IMREAD_REDUCED_GRAYSCALE_8 if len(content.data) > 1 << 20 else cv2.IMREAD_REDUCED_GRAYSCALE_2
    cv2.imdecode(np.frombuffer(content.data, np.uint8), factor | cv2.IMREAD_IGNORE_ORIENTATION)


def throughput(files: list[ImageFile], times: int) -> float:
    """Files a second through two worker processes, start included."""
    began = time.perf_counter()
    results = list(FileAnalyser(2, AnalysisLimits()).analyse(files * times))
    assert all(isinstance(result, ImageRecord) for result in results)
    return len(results) / (time.perf_counter() - began)


def report(title: str, files: list[ImageFile], times: int) -> None:
    size = sum(file.size for file in files) / len(files)
    print(f"\n{title}: {len(files)} files of {size / 1e6:.2f} MB")
    for stage, ms in stages(files).items():
        print(f"  {stage:32} {ms:8.2f} ms")
    print(f"  two workers, {len(files) * times} files: {throughput(files, times):.0f} files/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=12)
    arguments = parser.parse_args()
    prepare_decoders(AnalysisLimits())
    with tempfile.TemporaryDirectory() as folder:
        report("Camera, 12 megapixels", camera_jpegs(folder, arguments.pictures), 4)
        report("Web size", web_jpegs(folder, 10 * arguments.pictures), 10)


if __name__ == "__main__":
    main()
