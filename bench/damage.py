"""How many damaged copies are noticed, on which side, and how many clean copies are taken for damaged.

    .venv/test/bin/python bench/damage.py [--photos FOLDER] [--copies 1000] [--seed 1] [--size 480]

Damaged: bytes of the picture data cut, zeroed, overwritten, flipped or left out (`tests/support/damaged.py`), beside an
intact copy that is the same file, saved again, half as large or brighter. One in five is progressive. Counted as
visible where a block of 16 x 16 pixels is off by 16 levels or more. The intact one would go where nothing is noticed,
the two pass for one picture, and the damaged one has more pixels or, with as many, more bytes: the first rules as
shipped. Without --photos the generated scenes of the demo stand in.
"""

import argparse
import io
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageEnhance, ImageFile, ImageFilter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from py_image_dedup.analysis.jpeg import jpeg_complaints, jpeg_rgb
from py_image_dedup.analysis.scans import broken_scans
from py_image_dedup.demo.scenes import photograph
from py_image_dedup.matching.comparison.damage import Damaged, damage
from py_image_dedup.matching.comparison.verification import COMPARED_SIDE, View, verify
from py_image_dedup.matching.geometry.alignment import Picture
from py_image_dedup.model.images import ImageFacts
from py_image_dedup.model.matches import Relation
from tests.support.damaged import KINDS

BLOCK, VISIBLE_LEVELS = 16, 16
ImageFile.MAXBLOCK = 1 << 22  # a fine progressive JPEG does not fit into the buffer that Pillow makes for it


def with_noise(image: Image.Image) -> Image.Image:
    noise = np.random.default_rng(image.width).normal(0, 12, (image.height, image.width, 3))
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))


COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "the same": lambda image: image,
    "saved again": lambda image: image,
    "half": lambda image: image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.15),
}
CLEAN: dict[str, tuple[Callable[[Image.Image], Image.Image], int]] = {
    **{f"quality {quality}": (COPIES["the same"], quality) for quality in (8, 20, 30, 40, 50, 60, 70, 80, 90, 95)},
    "half": (COPIES["half"], 80),
    "half, quality 50": (COPIES["half"], 50),
    "a third": (lambda image: image.resize((image.width // 3, image.height // 3)), 80),
    "blurred": (lambda image: image.filter(ImageFilter.GaussianBlur(max(image.size) / 300)), 92),
    "sharpened": (lambda image: ImageEnhance.Sharpness(image).enhance(3.0), 92),
    "noise": (with_noise, 90),
    "brighter": (COPIES["brighter"], 80),
    "much brighter": (lambda image: ImageEnhance.Brightness(image).enhance(1.35), 92),
    "much more contrast": (lambda image: ImageEnhance.Contrast(image).enhance(1.5), 92),
    "much stronger colours": (lambda image: ImageEnhance.Color(image).enhance(1.8), 92),
    "more contrast": (lambda image: ImageEnhance.Contrast(image).enhance(1.2), 80),
    "stronger colours": (lambda image: ImageEnhance.Color(image).enhance(1.2), 80),
}


def saved(image: Image.Image, quality: int, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, **options)
    return out.getvalue()


def decoded(jpeg: bytes) -> Picture:
    pixels = jpeg_rgb(jpeg, 1)
    assert pixels is not None
    return pixels


def is_visible(broken: Picture, intact: Picture) -> bool:
    off = np.abs(broken.astype(np.float32) - intact).mean(axis=2)
    rows, columns = off.shape[0] // BLOCK, off.shape[1] // BLOCK
    blocks = cv2.resize(off[: rows * BLOCK, : columns * BLOCK], (columns, rows), interpolation=cv2.INTER_AREA)
    return bool(blocks.max() >= VISIBLE_LEVELS)


def is_removable(left: Picture, right: Picture) -> bool:
    """Whether the aligned comparison calls them copies of which one may go."""
    views = (View(_bounded(p, COMPARED_SIDE), ImageFacts(p.shape[1], p.shape[0], "JPEG", "RGB")) for p in (left, right))
    return verify(*views, 1, 0.05).relation in {Relation.SAME_PIXELS, Relation.SAME_PICTURE}


def _bounded(picture: Picture, side: int) -> Picture:
    shrink = min(1.0, side / max(picture.shape[:2]))
    size = (round(picture.shape[1] * shrink), round(picture.shape[0] * shrink))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8) if shrink < 1 else picture


def photographs(folder: str | None, size: int, seed: int) -> Iterator[Image.Image]:
    """Without end: the photographs of the folder, or scenes."""
    paths = sorted(os.path.join(folder, name) for name in os.listdir(folder)) if folder else []
    random.Random(seed).shuffle(paths)
    number = 0
    while True:
        made = Image.open(paths[number % len(paths)]) if paths else photograph(seed, number + 1)
        image = made.convert("RGB")
        image.thumbnail((size, size))
        number += 1
        yield image


def try_damaged(image: Image.Image, rng: random.Random, counts: Counter[str]) -> None:
    """One copy of each kind of damage, beside one intact copy."""
    whole_quality = rng.randint(70, 96)
    whole = saved(image, whole_quality, progressive=rng.random() < 0.2, subsampling=rng.choice((0, 2)))
    name, quality = rng.choice(sorted(COPIES)), rng.randint(50, 95)
    beside = whole if name == "the same" else saved(COPIES[name](image), quality)
    counts["false flags"] += any(broken_scans(data) is not None for data in (whole, beside))
    intact, coarser = decoded(beside), whole_quality if name == "the same" else min(whole_quality, quality)
    for kind, broken_by in KINDS.items():
        broken = broken_by(whole, rng)
        counts["copies"] += 1
        pixels = jpeg_rgb(broken, 1)
        if pixels is None or pixels.shape != decoded(whole).shape:
            counts["cannot be read"] += 1
            continue
        if not is_visible(pixels, decoded(whole)):
            counts["cannot be seen"] += 1
            continue
        complains, breaks = bool(jpeg_complaints(broken)), broken_scans(broken) is not None
        side = damage(pixels, intact, left_complains=complains, quality=coarser).side
        _count(kind, side, counts, complains=complains, breaks=breaks)
        is_copy = is_removable(pixels, intact) and not complains
        passes = is_copy and side is Damaged.NONE and not breaks
        counts["taken for a copy, sound to the decoder"] += is_copy
        counts["the same, and not flagged"] += passes
        counts[f"not flagged beside: {name}"] += passes
        counts["the intact one would go"] += passes and (pixels.size, len(broken)) > (intact.size, len(beside))


def _count(kind: str, side: Damaged, counts: Counter[str], *, complains: bool, breaks: bool) -> None:
    counts["visible"] += 1
    counts["flagged by comparing"] += side is not Damaged.NONE
    counts["flagged by its scans"] += breaks
    counts["flagged"] += side is not Damaged.NONE or complains or breaks
    counts["right side"] += side is Damaged.LEFT
    counts["wrong side"] += side is Damaged.RIGHT
    counts["wrong side and no complaint"] += side is Damaged.RIGHT and not complains
    counts["unsure"] += side is Damaged.UNSURE
    counts[f"missed: {kind}"] += side is Damaged.NONE and not complains and not breaks


def try_clean(image: Image.Image, rng: random.Random, counts: Counter[str]) -> None:
    original = decoded(saved(image, rng.randint(75, 96)))
    for name, (change, quality) in CLEAN.items():
        counts["clean"] += 1
        found = damage(original, decoded(saved(change(image), quality)), quality=quality)
        false = found.side is not Damaged.NONE
        counts["false flags"] += false
        counts[f"false: {name}"] += false


def measured(copies: int, seed: int, folder: str | None = None, size: int = 480) -> Counter[str]:
    counts: Counter[str] = Counter()
    rng, images = random.Random(seed), photographs(folder, size, seed)
    while counts["copies"] < copies:
        image = next(images)
        try_damaged(image, rng, counts)
        if counts["clean"] < copies:
            try_clean(image, rng, counts)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos")
    parser.add_argument("--copies", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=480)
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    print(json.dumps(measured(wanted.copies, wanted.seed, wanted.photos, wanted.size), indent=1, sort_keys=True))


if __name__ == "__main__":
    main()
