"""Pictures drawn from a seed: enough shapes and tones to be told apart, no file needed."""

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from py_image_dedup.analysis.decoders import require_reader
from py_image_dedup.analysis.sniff import PictureType, Reader
from py_image_dedup.model.files import ImageFile

Pixels = npt.NDArray[np.uint8]


def drawn_pixels(seed: int = 1, width: int = 300, height: int = 200) -> Pixels:
    """Height x width x 3: clouds of several sizes in each channel, with a few hard-edged boxes on top."""
    random = np.random.default_rng(seed)
    pixels = np.zeros((height, width, 3))
    for cells in (3, 9, 27, 81):
        cloud = random.normal(0, 60 / cells**0.4, (cells, cells, 3))
        rows, columns = np.linspace(0, cells - 1, height), np.linspace(0, cells - 1, width)
        pixels += cloud[np.rint(rows).astype(int)][:, np.rint(columns).astype(int)]
    for _ in range(12):
        top, left = random.integers(0, height), random.integers(0, width)
        pixels[top : top + height // 8, left : left + width // 8] += random.normal(0, 50, 3)
    return np.clip(pixels + 128, 0, 255).astype(np.uint8)


def drawn(seed: int = 1, width: int = 300, height: int = 200) -> Image.Image:
    return Image.fromarray(drawn_pixels(seed, width, height))


def encoded(picture: Image.Image, format_: str, **options: Any) -> bytes:
    if format_ in Reader.__members__:
        require_reader(PictureType(format_, Reader[format_]))
    buffer = io.BytesIO()
    picture.save(buffer, format_, **options)
    return buffer.getvalue()


def image_file(path: Path | str) -> ImageFile:
    """What a walk would say of `path`."""
    s = os.lstat(path)
    root = os.path.dirname(path)
    return ImageFile(str(path), root, s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino, s.st_dev, s.st_nlink)


def written(folder: Path, name: str, data: bytes) -> ImageFile:
    path = folder / name
    path.write_bytes(data)
    return image_file(path)
