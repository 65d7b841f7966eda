"""Any of Pillow's modes as 8-bit grey or RGB, as a viewer shows it on white paper."""

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]
WHITE = 255
_DEEP_MODES = frozenset({"I", "F", "I;16", "I;16L", "I;16B", "I;16N"})


def as_grey(image: Image.Image) -> Pixels:
    """Luma (Rec. 601), height x width, alpha over white."""
    if image.mode in _DEEP_MODES:
        return _eight_bits(np.asarray(image))
    if image.mode == "LAB":
        return np.asarray(image.getchannel("L"))
    if image.has_transparency_data:
        return np.asarray(_on_white(image, "L"))
    return np.asarray(image.convert("L"))


def as_rgb(image: Image.Image) -> Pixels:
    """Height x width x 3, alpha over white."""
    if image.mode in _DEEP_MODES:
        return np.repeat(_eight_bits(np.asarray(image))[:, :, None], 3, axis=2)
    if image.mode == "LAB":
        return np.asarray(_rgb_of_lab(image))
    if image.has_transparency_data:
        return np.asarray(_on_white(image, "RGB"))
    return np.asarray(image.convert("RGB"))


def _on_white(image: Image.Image, mode: str) -> Image.Image:
    shown = image.convert("RGBA")
    paper = Image.new(mode, image.size, "white")
    paper.paste(shown.convert(mode), mask=shown.getchannel("A"))
    return paper


def _rgb_of_lab(image: Image.Image) -> Image.Image:
    from PIL import ImageCms

    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    shown = ImageCms.applyTransform(image, ImageCms.buildTransform(lab, srgb, "LAB", "RGB"))
    if shown is None:
        raise ValueError("the LAB colours cannot be shown")
    return shown


def _eight_bits(values: npt.NDArray[Any]) -> Pixels:
    """Scale deep grey to 0..255. `convert("L")` would clip it: a 16-bit ramp of mean 115 came out as 227.

    Integers: 16 bits unless all values fit 8. Floats: 0..1, 0..255 or 0..65535, whichever holds the largest.
    """
    if values.size == 0:
        raise ValueError("no pixels")
    numbers = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    top = float(numbers.max())
    if values.dtype.kind == "f":
        white = 1.0 if top <= 1.0 else 255.0 if top <= WHITE else max(65535.0, top)
    else:
        white = 255.0 if values.dtype.itemsize > 2 and top <= WHITE else max(65535.0, top)
    return np.asarray(np.rint(np.clip(numbers * (WHITE / white), 0, WHITE)), np.uint8)
