"""Generated landscapes: sky, ridges, meadow, houses and trees, with the grain of a camera.

The same seed gives the same picture. Flat drawings would do for exact copies, but not for the search: fingerprints and
local features need texture at every scale, so every surface carries fractal noise.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

WIDTH, HEIGHT = 960, 640
_MARGIN = 24  # the camera moves by less than this between two shots of one scene
_GRAIN = 3.0  # standard deviation of sensor noise, 0..255

Picture = Image.Image
Floats = NDArray[np.float32]


def photograph(seed: int, number: int, moment: int = 0) -> Picture:
    """Scene `number` of the series `seed` as an RGB picture of WIDTH x HEIGHT.

    Another `moment` is another shot of the same scene: the balloon has moved, the camera a little, the grain is new.
    """
    scene = np.random.default_rng([seed, number])
    shot = np.random.default_rng([seed, number, moment + 1])
    width, height = WIDTH + 2 * _MARGIN, HEIGHT + 2 * _MARGIN
    canvas = _land(scene, _sky(scene, height, width))
    picture = Image.fromarray(canvas.clip(0, 255).astype(np.uint8))
    _draw_things(scene, ImageDraw.Draw(picture))
    _draw_balloon(scene, ImageDraw.Draw(picture), moment)
    left, top = (_MARGIN, _MARGIN) if moment == 0 else shot.integers(0, 2 * _MARGIN, 2).tolist()
    return _grained(picture.crop((left, top, left + WIDTH, top + HEIGHT)), shot)


def lens_cap(width: int, height: int) -> Picture:
    """What is photographed with the cap on: black, so that nothing but the bytes can be compared."""
    return Image.new("RGB", (width, height), (2, 2, 2))


def _fractal(rng: np.random.Generator, height: int, width: int, coarsest: int) -> Floats:
    """Noise of all scales from `coarsest` pixels down, each octave weaker than the one before; 0..1."""
    total = np.zeros((height, width), np.float32)
    step, weight = coarsest, 1.0
    while step >= 2:
        grid = rng.random((height // step + 2, width // step + 2), np.float32)
        total += weight * np.asarray(Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC))
        step, weight = step // 2, weight * 0.6
    low, high = total.min(), total.max()
    return np.asarray((total - low) / (high - low), np.float32)


def _colour(rng: np.random.Generator, low: int, high: int) -> Floats:
    return rng.integers(low, high, 3).astype(np.float32)


def _sky(rng: np.random.Generator, height: int, width: int) -> Floats:
    fall = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    blue = _colour(rng, 90, 200) * (1 - fall) + _colour(rng, 170, 250) * fall
    clouds = (_fractal(rng, height, width, 256)[..., None] - 0.45).clip(0, 1) * 2
    return np.asarray(blue * (1 - clouds) + 245 * clouds, np.float32)


def _land(rng: np.random.Generator, canvas: Floats) -> Floats:
    """Ridges from far to near; the nearest is the meadow."""
    height, width, _ = canvas.shape
    rows = np.arange(height)[:, None]
    for depth in range(4):
        ridge = _fractal(rng, 1, width, 320 >> depth)[0] * (0.3 - 0.05 * depth) + 0.25 + 0.15 * depth
        texture = _fractal(rng, height, width, 64)[..., None]
        surface = _colour(rng, 40, 190) * (0.45 + 0.8 * texture)
        canvas = np.where((rows > ridge * height)[..., None], surface, canvas)
    return canvas


def _draw_things(rng: np.random.Generator, draw: ImageDraw.ImageDraw) -> None:
    for _ in range(14):
        x, y, size = _place(rng)
        if rng.random() < 0.5:
            _draw_house(rng, draw, x, y, size)
        else:
            _draw_tree(rng, draw, x, y, size)


def _place(rng: np.random.Generator) -> tuple[int, int, int]:
    """Where something stands, and how large it is: the nearer, the larger."""
    y = int(rng.integers(HEIGHT // 2, HEIGHT))
    return int(rng.integers(0, WIDTH)), y, 25 + (y - HEIGHT // 2) // 4


def _rgb(rng: np.random.Generator, low: int, high: int) -> tuple[int, int, int]:
    red, green, blue = rng.integers(low, high, 3).tolist()
    return red, green, blue


def _draw_house(rng: np.random.Generator, draw: ImageDraw.ImageDraw, x: int, y: int, size: int) -> None:
    draw.rectangle((x, y - size, x + 2 * size, y), fill=_rgb(rng, 120, 250), outline=(30, 30, 30))
    draw.polygon(((x - 5, y - size), (x + size, y - 2 * size), (x + 2 * size + 5, y - size)), fill=_rgb(rng, 60, 180))
    pane = max(3, size // 6)
    for column in range(4):
        for row in range(2):
            left, top = x + 8 + column * size // 2, y - size + 6 + row * size // 2
            draw.rectangle((left, top, left + pane, top + pane), fill=_rgb(rng, 0, 255))


def _draw_tree(rng: np.random.Generator, draw: ImageDraw.ImageDraw, x: int, y: int, size: int) -> None:
    draw.rectangle((x - size // 10, y - size, x + size // 10, y), fill=(70, 50, 30))
    green = np.array((40, 110, 50))
    for _ in range(30):
        dx, dy = rng.normal(0, size / 3, 2)
        shade = tuple(int(v) for v in green + rng.integers(-30, 60))
        radius = size / 6
        at = (x + dx - radius, y - 1.4 * size + dy - radius, x + dx + radius, y - 1.4 * size + dy + radius)
        draw.ellipse(at, fill=shade)


def _draw_balloon(rng: np.random.Generator, draw: ImageDraw.ImageDraw, moment: int) -> None:
    x, y = int(rng.integers(120, 480)) + 190 * moment, int(rng.integers(110, 240)) + 35 * moment
    radius = 75
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_rgb(rng, 120, 255))
    for stripe in range(-2, 3):
        edge: Any = (x + stripe * 26 - 7, y - radius + 12, x + stripe * 26 + 7, y + radius - 12)
        draw.ellipse(edge, fill=_rgb(rng, 0, 200))
    draw.rectangle((x - 12, y + radius + 20, x + 12, y + radius + 40), fill=(90, 60, 30))


def _grained(picture: Picture, rng: np.random.Generator) -> Picture:
    pixels = np.asarray(picture, np.float32)
    grain = rng.normal(0, _GRAIN, pixels.shape).astype(np.float32)
    return Image.fromarray((pixels + grain).clip(0, 255).astype(np.uint8))
