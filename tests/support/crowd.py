"""A library of strangers with few copies among them, and of what strangers are easily taken for each other by.

Scenes, pages of text, night skies, plain walls, black, white and two-tone pictures. The name says what is a copy of
what: `scene-000123.jpg` has the copy `scene-000123-copy-crop.jpg`.
"""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from tests.support.look_alikes import WORDS, font, photograph, taken

Picture = Image.Image
COPIES_EACH = 100  # every so many pictures one has a copy


def scene(rng: random.Random) -> Picture:
    """A photograph that nobody else took."""
    return photograph(rng.randrange(2**31), 400, 300)


def page(rng: random.Random) -> Picture:
    """A page of words that all pages have, in one font."""
    sheet = Image.new("RGB", (400, 520), (250, 249, 245))
    draw = ImageDraw.Draw(sheet)
    for line in range(24):
        draw.text((30, 20 + line * 20), " ".join(rng.choices(WORDS, k=6)), font=font(14), fill=(30, 30, 30))
    return sheet


def night_sky(rng: random.Random) -> Picture:
    """Points of light, all alike."""
    sky = Image.new("RGB", (400, 300), (4, 5, 12))
    draw = ImageDraw.Draw(sky)
    for _ in range(220):
        x, y, size, light = rng.randrange(400), rng.randrange(300), rng.choice((0, 1, 1, 2)), rng.randrange(120, 256)
        draw.ellipse((x, y, x + size, y + size), fill=(light, light, light))
    return taken(sky, rng, 1.5)


def wall(rng: random.Random) -> Picture:
    """One colour, with or without noise."""
    plain = Image.new("RGB", (rng.randrange(200, 400), 300), tuple(rng.randrange(256) for _ in range(3)))
    return taken(plain, rng, 2.0) if rng.random() < 0.5 else plain


def black_or_white(rng: random.Random) -> Picture:
    """With the lens cap on, or far too long: of some size."""
    return Image.new("RGB", (rng.randrange(100, 140), rng.randrange(100, 140)), rng.choice(("black", "white")))


def two_tone(rng: random.Random) -> Picture:
    """Dark below, light above: nothing but a horizon."""
    half = Image.new("RGB", (400, 300), tuple(rng.randrange(180, 256) for _ in range(3)))
    ImageDraw.Draw(half).rectangle((0, rng.randrange(100, 200), 400, 300), fill=(rng.randrange(40),) * 3)
    return half


def crop(picture: Picture) -> Picture:
    width, height = picture.size
    return picture.crop((width // 10, 0, width, height * 4 // 5))


STRANGERS: dict[str, tuple[Callable[[random.Random], Picture], int]] = {  # and how many of a hundred
    "scene": (scene, 76),
    "page": (page, 8),
    "sky": (night_sky, 8),
    "wall": (wall, 4),
    "black": (black_or_white, 2),
    "horizon": (two_tone, 2),
}
CHANGES: dict[str, Callable[[Picture], Picture]] = {
    "saved": lambda picture: picture,
    "half": lambda picture: picture.resize((picture.width // 2, picture.height // 2)),
    "crop": crop,
    "grey": lambda picture: ImageOps.grayscale(picture),
    "turned": lambda picture: picture.transpose(Image.Transpose.ROTATE_90),
    "bright": lambda picture: picture.point([min(255, int(n * 1.2)) for n in range(256)] * 3),
}


def write_crowd(folder: Path, count: int, seed: int = 1) -> None:
    """`count` pictures that are strangers to each other, and a hundredth as many copies of scenes."""
    kinds = [kind for kind, (_, share) in STRANGERS.items() for _ in range(share)]
    changes = sorted(CHANGES)
    for number in range(count):
        rng = random.Random(f"{seed} {number}")
        kind = kinds[number * 37 % 100]
        picture, name = STRANGERS[kind][0](rng), f"{kind}-{number:06}"
        place = folder / f"{number // 1000:03}"
        place.mkdir(parents=True, exist_ok=True)
        picture.save(place / f"{name}.jpg", quality=92)
        if number % COPIES_EACH == 0:
            change = changes[number // COPIES_EACH % len(changes)]
            CHANGES[change](picture).save(place / f"{name}-copy-{change}.jpg", quality=80)


def whose(path: str) -> str:
    """The picture that a file is of."""
    return "-".join(Path(path).stem.split("-")[:2])


def strangers_grouped(groups: list[list[str]]) -> Iterator[tuple[str, str]]:
    """Pairs of a file that stays and one that would go for it, though they are of different pictures.

    Of pictures that show nothing, those are no strangers that hold the same pixels.
    """
    for keeper, *others in groups:
        for other in others:
            if whose(keeper) != whose(other) and not _same_pixels(keeper, other):
                yield keeper, other


def _same_pixels(one: str, other: str) -> bool:
    with Image.open(one) as a, Image.open(other) as b:
        return a.size == b.size and bool(np.array_equal(np.asarray(a.convert("RGB")), np.asarray(b.convert("RGB"))))
