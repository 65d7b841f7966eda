"""The one picture on which every fingerprint method shows that it still gives the value it gave."""

from pathlib import Path

import numpy as np
from PIL import Image

from py_image_dedup.analysis.analyse import analyse_file
from py_image_dedup.model.images import ImageRecord
from tests.support.drawn import encoded, written


def example_picture(*, detailed: bool) -> Image.Image:
    """Whole-number arithmetic only: the same on every machine."""
    y, x = np.mgrid[:480, :640]
    waves = (x * x // 300 + y * 3) % 200 + (x // 80 * 37 + y // 60 * 53) % 56
    return Image.fromarray((waves if detailed else x * 0 + 90).astype(np.uint8))


def example_record(folder: Path, methods: tuple[str, ...], *, detailed: bool) -> ImageRecord:
    found = analyse_file(written(folder, "example.png", encoded(example_picture(detailed=detailed), "PNG")), methods)
    assert isinstance(found, ImageRecord)
    return found
