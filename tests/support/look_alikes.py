"""Pairs of pictures that look alike and are no copies: what must never be called the same picture or turned."""

import random
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from tests.support.drawn import drawn_pixels

Picture = Image.Image
Pair = tuple[Picture, Picture]
WORDS = ["lake", "train", "copper", "window", "seven", "letter", "march", "cloud", "under", "garden", "paper", "north"]


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=size)


def photograph(seed: int, width: int = 640, height: int = 480) -> Picture:
    """A drawn scene with fine grain, soft as a lens makes it."""
    coarse = drawn_pixels(seed, width, height).astype(np.float64)
    fine = np.random.default_rng(seed).normal(0, 12, coarse.shape)
    pixels = np.clip(coarse + fine, 0, 255).astype(np.uint8)
    return Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(1))


def taken(scene: Picture, rng: random.Random, noise: float = 3.0) -> Picture:
    """What a camera makes of a scene at one moment: noise of its own."""
    grain = np.random.default_rng(rng.randrange(2**31)).normal(0, noise, np.asarray(scene).shape)
    return Image.fromarray(np.clip(np.asarray(scene, np.int16) + grain, 0, 255).astype(np.uint8))


def burst(rng: random.Random) -> Pair:
    """The camera on a stand; something of a tenth of the side has moved by its own size."""
    scene = photograph(rng.randrange(10**6))
    x, y, size = rng.randint(40, 480), rng.randint(40, 340), rng.randint(56, 90)
    colour = tuple(rng.randrange(256) for _ in range(3))

    def moment(at: int) -> Picture:
        frame = scene.copy()
        ImageDraw.Draw(frame).ellipse((at, y, at + size, y + size), fill=colour, outline=(20, 20, 20))
        return taken(frame.filter(ImageFilter.GaussianBlur(1)), rng)

    return moment(x), moment(x + size if x < 300 else x - size)


def handheld(rng: random.Random) -> Pair:
    """The next picture of a burst by hand: the near half has moved against the far half."""
    scene = photograph(rng.randrange(10**6), 720, 540)
    far, near = scene.crop((20, 20, 660, 500)), scene.crop((20 + rng.choice([-9, 9]), 26, 660, 506))
    second = far.copy()
    second.paste(near.crop((0, 240, 640, 480)), (0, 240))
    return taken(far, rng), taken(second, rng)


def next_view(rng: random.Random) -> Pair:
    """Two steps to the side: perspective changes over the picture."""
    scene = photograph(rng.randrange(10**6), 800, 600)
    bend = rng.choice([-70, 70])
    corners = (40, 40, 40 + bend // 3, 560 - bend, 760, 560, 760 - bend // 3, 40 + bend)
    return taken(scene.resize((640, 480)), rng), taken(scene.transform((640, 480), Image.Transform.QUAD, corners), rng)


def text_page(rng: random.Random) -> Pair:
    """Two pages of one letter."""
    return _page(rng), _page(rng)


def _page(rng: random.Random) -> Picture:
    page = Image.new("RGB", (620, 877), (250, 249, 245))
    draw = ImageDraw.Draw(page)
    draw.text((60, 40), "Yearly report of the garden society", font=font(22), fill=(20, 20, 20))
    for line in range(34):
        draw.text((60, 90 + line * 22), " ".join(rng.choices(WORDS, k=9)), font=font(14), fill=(30, 30, 30))
    return page


def invoice(rng: random.Random) -> Pair:
    """One form, filled in twice: two amounts and a name differ."""

    def filled() -> Picture:
        page = _page(random.Random(7))
        draw = ImageDraw.Draw(page)
        draw.rectangle((50, 500, 570, 700), fill=(250, 249, 245), outline=(0, 0, 0))
        for row in range(5):
            draw.text((70, 520 + 34 * row), f"position {row + 1}", font=font(18), fill=(0, 0, 0))
        for row in rng.sample(range(5), 2):
            draw.text(
                (420, 520 + 34 * row),
                f"{rng.randrange(100, 9999)}.{rng.randrange(10, 99)}",
                font=font(18),
                fill=(0, 0, 0),
            )
        return page

    return filled(), filled()


def screenshot(rng: random.Random) -> Pair:
    """One program, two contents: the bars are the same."""

    def screen() -> Picture:
        page = Image.new("RGB", (640, 480), (236, 238, 241))
        draw = ImageDraw.Draw(page)
        draw.rectangle((0, 0, 640, 36), fill=(40, 60, 110))
        draw.text((12, 8), "Mail   Edit   View   Tools   Help", font=font(16), fill=(240, 240, 240))
        draw.rectangle((0, 36, 150, 480), fill=(214, 219, 228))
        for row, name in enumerate(["Inbox", "Sent", "Drafts", "Archive", "Spam"]):
            draw.text((16, 54 + 30 * row), name, font=font(15), fill=(30, 30, 60))
        for row in range(14):
            draw.text((170, 54 + 29 * row), " ".join(rng.choices(WORDS, k=6)), font=font(15), fill=(10, 10, 10))
        return page

    return screen(), screen()


def chart(rng: random.Random) -> Pair:
    """One template, two sets of numbers."""

    def plotted() -> Picture:
        page = Image.new("RGB", (640, 420), (255, 255, 255))
        draw = ImageDraw.Draw(page)
        draw.text((220, 12), "Visitors per month", font=font(20), fill=(20, 20, 20))
        for line in range(6):
            draw.line((60, 60 + 60 * line, 600, 60 + 60 * line), fill=(205, 205, 205))
        for month in range(12):
            top = rng.randint(70, 340)
            draw.rectangle((70 + 44 * month, top, 100 + 44 * month, 360), fill=(50, 110, 190))
            draw.text((72 + 44 * month, 372), "JFMAMJJASOND"[month], font=font(14), fill=(20, 20, 20))
        return page

    return plotted(), plotted()


def product(rng: random.Random) -> Pair:
    """One bottle before one background, with two labels."""

    def bottle() -> Picture:
        page = Image.new("RGB", (480, 640), (225, 222, 215))
        draw = ImageDraw.Draw(page)
        draw.rounded_rectangle((160, 160, 320, 600), 40, fill=(40, 80, 45))
        draw.rectangle((210, 60, 270, 180), fill=(40, 80, 45))
        draw.rectangle((165, 300, 315, 480), fill=tuple(rng.randint(120, 250) for _ in range(3)))
        draw.text((180, 330), rng.choice(WORDS).upper(), font=font(30), fill=(20, 10, 10))
        draw.text((180, 390), rng.choice(WORDS), font=font(26), fill=(120, 10, 10))
        return taken(page.filter(ImageFilter.GaussianBlur(0.7)), rng, 2)

    return bottle(), bottle()


def film_frame(rng: random.Random) -> Pair:
    """A camera that pans: the frame has moved by a few per cent, and a figure against it."""
    scene = photograph(rng.randrange(10**6), 800, 480)

    def frame(step: int) -> Picture:
        view = scene.crop((step * 24, 0, step * 24 + 640, 480))
        ImageDraw.Draw(view).rectangle((260 + step * 10, 180, 330 + step * 10, 400), fill=(60, 30, 25))
        return taken(view, rng)

    return frame(0), frame(rng.randint(1, 4))


def bracket_with_change(rng: random.Random) -> Pair:
    """Two exposures of one scene in which a light went on."""
    dark, _ = burst(rng)
    lit = dark.copy()
    x, y = rng.randint(60, 500), rng.randint(60, 380)
    ImageDraw.Draw(lit).ellipse((x, y, x + 64, y + 64), fill=(255, 244, 200))
    return dark, taken(ImageEnhance.Brightness(lit).enhance(1.25), rng)


def two_flats(rng: random.Random) -> Pair:
    """Two walls."""
    return tuple(
        taken(Image.new("RGB", (400, 300), tuple(rng.randint(90, 200) for _ in range(3))), rng) for _ in range(2)
    )  # type: ignore[return-value]


def two_gradients(rng: random.Random) -> Pair:
    """Two skies."""

    def sky() -> Picture:
        top, bottom = ([rng.randint(60, 160), rng.randint(100, 190), rng.randint(190, 250)] for _ in range(2))
        ramp = np.linspace(top, bottom, 300)[:, None].repeat(400, 1)
        return taken(Image.fromarray(ramp.astype(np.uint8)), rng)

    return sky(), sky()


LOOK_ALIKES: dict[str, Callable[[random.Random], Pair]] = {
    make.__name__: make
    for make in (
        burst,
        handheld,
        next_view,
        text_page,
        invoice,
        screenshot,
        chart,
        product,
        film_frame,
        bracket_with_change,
        two_flats,
        two_gradients,
    )
}


def look_alikes(kind: str, seeds: range) -> Iterator[Pair]:
    for seed in seeds:
        yield LOOK_ALIKES[kind](random.Random(f"{kind} {seed}"))
