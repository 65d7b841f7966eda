"""What happens to photographs: mild changes, turns and edits, each a function of the picture."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

Picture = Image.Image
Change = Callable[[Picture], Picture]


def saved(quality: int) -> Change:
    def change(picture: Picture) -> Picture:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality)
        return Image.open(io.BytesIO(buffer.getvalue())).convert("RGB")

    return change


def scaled(factor: float) -> Change:
    return lambda p: p.resize((round(p.width * factor), round(p.height * factor)), Image.Resampling.LANCZOS)


def gamma(exponent: float) -> Change:
    return lambda p: p.point([round(255 * (level / 255) ** exponent) for level in range(256)] * 3)


def noisy(picture: Picture) -> Picture:
    grain = np.random.default_rng(1).normal(0, 12, np.asarray(picture).shape)
    return Image.fromarray(np.clip(np.asarray(picture, np.int16) + grain, 0, 255).astype(np.uint8))


def drawn_over(paint: Callable[[ImageDraw.ImageDraw, int, int], None]) -> Change:
    def change(picture: Picture) -> Picture:
        copy = picture.copy()
        paint(ImageDraw.Draw(copy), picture.width, picture.height)
        return copy

    return change


def cropped(share: float) -> Change:
    """Keep `share` of each side, a little off the middle."""

    def change(p: Picture) -> Picture:
        x, y = round(p.width * (1 - share) / 3), round(p.height * (1 - share) / 2)
        return p.crop((x, y, x + round(p.width * share), y + round(p.height * share)))

    return change


def tilted(picture: Picture) -> Picture:
    side = picture.rotate(2, resample=Image.Resampling.BICUBIC)
    return cropped(0.9)(side)


def broken_off(picture: Picture) -> Picture:
    """The lower 5 % grey, as of a file that was cut off."""
    pixels = np.asarray(picture).copy()
    pixels[round(len(pixels) * 0.95) :] = 128
    return Image.fromarray(pixels)


MILD: dict[str, Change] = {
    "quality 90": saved(90),
    "quality 20": saved(20),
    "quality 8": saved(8),
    "half the size": scaled(0.5),
    "a quarter of the size": scaled(0.25),
    "twice the size": scaled(2),
    "brighter": lambda p: ImageEnhance.Brightness(p).enhance(1.35),
    "darker": lambda p: ImageEnhance.Brightness(p).enhance(0.65),
    "more contrast": lambda p: ImageEnhance.Contrast(p).enhance(1.5),
    "less contrast": lambda p: ImageEnhance.Contrast(p).enhance(0.6),
    "stronger colours": lambda p: ImageEnhance.Color(p).enhance(1.8),
    "gamma 0.7": gamma(0.7),
    "gamma 1.5": gamma(1.5),
    "blurred": lambda p: p.filter(ImageFilter.GaussianBlur(max(p.size) / 300)),
    "sharpened": lambda p: ImageEnhance.Sharpness(p).enhance(3),
    "noise": noisy,
}
EDITS: dict[str, Change] = {
    "grey": lambda p: p.convert("L").convert("RGB"),
    "sepia": lambda p: ImageOps.colorize(p.convert("L"), (40, 20, 0), (255, 235, 190)),
    "stretched": lambda p: p.resize((round(p.width * 1.15), p.height), Image.Resampling.LANCZOS),
    "cropped by 5 %": cropped(0.95),
    "tilted": tilted,
    "framed": lambda p: ImageOps.expand(p, round(p.width * 0.06), (255, 255, 255)),
    "letterbox": lambda p: ImageOps.expand(p, (0, round(p.width * 0.08)), (0, 0, 0)),
    "caption": drawn_over(lambda d, w, h: d.rectangle((0, h - h // 8, w, h), fill=(20, 20, 20))),
    "logo": drawn_over(lambda d, w, h: d.ellipse((4, 4, 4 + h // 8, 4 + h // 8), fill=(230, 60, 40))),
    "broken off": broken_off,
}
