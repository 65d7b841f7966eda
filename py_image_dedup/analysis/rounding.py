"""To which levels the DCT terms of a JPEG were rounded, and what they are once it was shown: marks of a generation.

A program that saves a JPEG again rounds what it decoded: luma and colour made into whole red, green and blue, these
made into whole luma. How its terms lie then beside the levels of the file tells what a copy must look like, and so
which of two files was made from the other (the same in Li et al. 2014, "JPEG Noises beyond the First Compression
Cycle", for one file without another). Blocks lie at the same places in all pictures of one size.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image

from py_image_dedup.analysis.modes import Pixels
from py_image_dedup.model.quality import MOST_LEVEL, packed_terms

Numbers = npt.NDArray[np.float64]
# Of copies of quality 90 of 461 photographs, some of them of quality 90 themselves, 5 % cannot be told with 48 blocks
# of 9 terms (450 bytes), 3 % with 96 (850 bytes).
KEPT_BLOCKS = 48
_YCBCR_IDS = ((1, 2, 3), (0, 1, 2))  # as JFIF numbers the components, and as some cameras do


def kept_as_stored(image: Image.Image) -> None:
    """Have a JPEG in colour decoded as it is stored, not as red, green and blue; call before `load`."""
    ids = tuple(layer[0] for layer in getattr(image, "layer", ()))
    if image.mode == "RGB" and ids in _YCBCR_IDS and image.info.get("adobe_transform", 1) == 1:
        image.draft("YCbCr", image.size)


def kept_terms(image: Image.Image, steps: Numbers, places: tuple[tuple[int, int], ...]) -> str:
    """Give `Quality.terms` of a loaded JPEG: those at `places` (row, column) of `steps`; "" where there are none."""
    if image.mode not in ("YCbCr", "L") or min(image.size) < 8:
        return ""
    blocks = _chosen(image)
    own = np.maximum(1, [steps[place] for place in places])
    stored = _at(places, dct(blocks[..., 0] if blocks.ndim == 4 else blocks))
    shown = _at(places, dct(_shown(blocks))) if blocks.ndim == 4 else stored
    levels = np.clip(np.rint(stored / own), -MOST_LEVEL, MOST_LEVEL)
    halves = np.clip(np.rint(2 * (shown - levels * own)), -MOST_LEVEL, MOST_LEVEL)
    return packed_terms(levels.astype(int).ravel().tolist(), halves.astype(int).ravel().tolist())


def dct(blocks: Pixels | Numbers) -> Numbers:
    """DCT terms of blocks of 8 x 8 grey levels, as JPEG scales them: blocks, rows, columns."""
    numbers = np.arange(8)
    cosines = 0.5 * np.cos((2 * numbers[None] + 1) * numbers[:, None] * np.pi / 16)
    cosines[0] /= np.sqrt(2)
    return np.asarray(cosines @ (blocks.astype(np.float64) - 128) @ cosines.T)


def _chosen(image: Image.Image) -> Pixels:
    """Blocks (8 x 8 and the channels) spread over the picture."""
    rows, columns = image.height // 8, image.width // 8
    chosen = np.linspace(0, rows * columns - 1, KEPT_BLOCKS).astype(int)
    strip = Image.new(image.mode, (8 * KEPT_BLOCKS, 8))
    for place, number in enumerate(chosen):
        x, y = 8 * int(number % columns), 8 * int(number // columns)
        strip.paste(image.crop((x, y, x + 8, y + 8)), (8 * place, 0))
    return np.asarray(strip).reshape(8, KEPT_BLOCKS, 8, -1).swapaxes(0, 1).squeeze(3 if image.mode == "L" else ())


def _at(places: tuple[tuple[int, int], ...], terms: Numbers) -> Numbers:
    return np.stack([terms[:, row, column] for row, column in places], axis=1)


def _shown(stored: Pixels) -> Numbers:
    """Luma of what is shown: whole red, green and blue (ITU-R BT.601 over the full range, as in JFIF), and back."""
    luma, blue, red = (stored[..., channel].astype(np.float64) - offset for channel, offset in enumerate((0, 128, 128)))
    colours = (luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue)
    whole = [np.clip(np.rint(colour), 0, 255) for colour in colours]
    return np.asarray(np.rint(0.299 * whole[0] + 0.587 * whole[1] + 0.114 * whole[2]))
