"""Series of photographs that look alike and are no copies: each function gives one series of `count` pictures."""

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from py_image_dedup.demo.scenes import photograph as demo_photograph
from tests.support.look_alikes import font, photograph, taken
from tests.support.shared import SHARED

Picture = Image.Image
Series = list[Picture]
SIDE = 400  # pixels: the longest side of nearly all of them
LEAST_SHARED_SIDE = 300
NAMES = ("Malt", "Honey", "Cider", "Tonic", "Berry", "Ginger")


@cache
def shared_photographs() -> tuple[Path, ...]:
    return tuple(sorted((SHARED / "photos/imagenet-sample").rglob("*.[jJ][pP]*[gG]")))


def scene(rng: random.Random, width: int = SIDE, height: int = 300) -> Picture:
    """A photograph of the shared ones where they are there, else a drawn one; cut to this size."""
    if not shared_photographs():
        return drawn_scene(rng, width, height)
    while True:
        with Image.open(rng.choice(shared_photographs())) as opened:
            if min(opened.size) < LEAST_SHARED_SIDE:
                continue
            return ImageOps.fit(opened.convert("RGB"), (width, height), Image.Resampling.LANCZOS)


def drawn_scene(rng: random.Random, width: int = SIDE, height: int = 300) -> Picture:
    seed = rng.randrange(10**6)
    if seed % 2:
        return photograph(seed, width, height)
    return demo_photograph(seed, 1).convert("RGB").resize((width, height), Image.Resampling.LANCZOS)


def any_scene(rng: random.Random, width: int = SIDE, height: int = 300) -> Picture:
    return rng.choice([scene, drawn_scene])(rng, width, height)


def figure(rng: random.Random, size: int) -> Picture:
    """Something that moves: a round piece of another photograph, soft at its edge, with its mask in alpha."""
    piece = any_scene(rng, size, size)
    mask = Image.new("L", (size, size), 0)
    ImageDraw.Draw(mask).ellipse((1, 1, size - 2, size - 2), fill=255)
    piece.putalpha(mask.filter(ImageFilter.GaussianBlur(0.7)))
    return piece


def with_figure(picture: Picture, thing: Picture, at: tuple[int, int]) -> Picture:
    shown = picture.copy()
    shown.paste(thing.convert("RGB"), at, thing.getchannel("A"))
    return shown


def burst(rng: random.Random, count: int) -> Series:
    """The camera on a stand; something of a sixth of the height goes across, by its own size from one to the next."""
    behind, size = any_scene(rng), rng.randint(44, 62)
    thing, top = figure(rng, size), rng.randint(20, 220)
    return [taken(with_figure(behind, thing, (10 + i * size, top)), rng) for i in range(count)]


def handheld_burst(rng: random.Random, count: int) -> Series:
    """A hand moves a little: the near half has moved against the far half, and the whole frame too."""
    behind = any_scene(rng, SIDE + 80, 360)
    shots = []
    for i in range(count):
        x, y, near = rng.randint(0, 6), rng.randint(0, 6), 20 + 8 * i
        shot = behind.crop((x, y, x + SIDE, y + 300))
        shot.paste(behind.crop((near, y + 150, near + SIDE, y + 300)), (0, 150))
        shots.append(taken(shot, rng))
    return shots


def next_views(rng: random.Random, count: int) -> Series:
    """A step to the side each: a wall turns, and what stands before it moves."""
    behind, size = any_scene(rng, 520, 390), rng.randint(60, 90)
    near, at = figure(rng, size), rng.randint(20, 60)
    shots = []
    for i in range(count):
        bend = 14 * i
        corners = (10, 10, 10 + bend // 3, 380 - bend, 500, 380, 500 - bend // 3, 10 + bend)
        shot = behind.transform((SIDE, 300), Image.Transform.QUAD, corners, Image.Resampling.BICUBIC)
        shots.append(taken(with_figure(shot, near, (at + 26 * i, 180 - 4 * i)), rng))
    return shots


def retakes(rng: random.Random, count: int) -> Series:
    """Taken again after a while: two people stand elsewhere, the light is another, the frame not quite the same."""
    behind, people = any_scene(rng, SIDE + 30, 330), [figure(rng, rng.randint(50, 80)) for _ in range(2)]
    shots = []
    for i in range(count):
        x, y = rng.randint(0, 30), rng.randint(0, 30)
        shot = behind.crop((x, y, x + SIDE, y + 300))
        for k, one in enumerate(people):
            shot = with_figure(shot, one, (15 + 60 * ((2 * i + 3 * k) % 6), rng.randint(30, 210)))
        shots.append(taken(ImageEnhance.Brightness(shot).enhance(rng.uniform(0.85, 1.15)), rng))
    return shots


def brackets(rng: random.Random, count: int) -> Series:
    """Exposures of one scene, a third of a second apart: leaves have moved, and each carries its time."""
    behind = any_scene(rng)
    return [taken(ImageEnhance.Brightness(behind).enhance(0.55 + 0.25 * i), rng) for i in range(count)]


def lit_brackets(rng: random.Random, count: int) -> Series:
    """Exposures of one room in which each time another lamp is on."""
    behind = any_scene(rng)
    shots = []
    for i in range(count):
        shot, x, y = behind.copy(), 20 + 72 * i, rng.randint(20, 230)
        light = Image.new("RGB", shot.size)
        ImageDraw.Draw(light).ellipse((x, y, x + 48, y + 48), fill=(255, 244, 200))
        for reach in (4, 24):  # the lamp, and its shine on the wall behind: a disc with a sharp edge is a sticker
            shot = ImageChops.screen(shot, light.filter(ImageFilter.GaussianBlur(reach)))
        shots.append(taken(ImageEnhance.Brightness(shot).enhance(0.7 + 0.15 * i), rng))
    return shots


def panned_frames(rng: random.Random, count: int) -> Series:
    """Frames of a film: the camera pans after somebody who goes."""
    behind, walker = any_scene(rng, 600, 300), figure(rng, rng.randint(70, 100))
    walk = [
        with_figure(behind, walker, (150 + 34 * i, 150)).crop((16 * i, 0, 16 * i + SIDE, 300)) for i in range(count)
    ]
    return [taken(frame, rng) for frame in walk]


def watched_frames(rng: random.Random, count: int) -> Series:
    """Frames of a fixed camera: somebody goes by, the clock in the corner goes on."""
    behind, walker = any_scene(rng), figure(rng, rng.randint(40, 60))
    shots = []
    for i in range(count):
        shot = with_figure(behind, walker, (20 + 66 * i, 160 + rng.randint(-8, 8)))
        ImageDraw.Draw(shot).text((250, 8), f"2021-03-04 11:{10 + 7 * i}:0{i}", font=font(13), fill=(255, 255, 255))
        shots.append(taken(shot, rng))
    return shots


def things_on_a_table(rng: random.Random, count: int) -> Series:
    """One place, each time another thing in it: what is sold, dishes on one table."""
    behind = any_scene(rng)
    x, y = rng.randint(60, 240), rng.randint(40, 160)
    size = rng.randint(56, 96)
    return [taken(with_figure(behind, figure(rng, size), (x, y)), rng) for _ in range(count)]


def labels(rng: random.Random, count: int) -> Series:
    """Product shots: one bottle before one wall, each time with another label."""
    shots = []
    body, wall = tuple(rng.randint(30, 120) for _ in range(3)), tuple(rng.randint(190, 250) for _ in range(3))
    for _ in range(count):
        shot = Image.new("RGB", (300, SIDE), wall)
        pen = ImageDraw.Draw(shot)
        pen.rounded_rectangle((95, 100, 205, 380), 28, fill=body)
        pen.rectangle((130, 35, 170, 115), fill=body)
        pen.rectangle((98, 190, 202, 300), fill=tuple(rng.randint(60, 250) for _ in range(3)))
        shot.paste(any_scene(rng, 60, 50), (120, 240))
        pen.text(
            (106, 200),
            rng.choice(NAMES),
            font=font(22),
            fill=(20, 10, 10),
        )
        shots.append(taken(shot.filter(ImageFilter.GaussianBlur(0.6)), rng, 2))
    return shots


def variants(rng: random.Random, count: int) -> Series:
    """Product shots: one shape in several colours, before white."""
    hues = rng.sample(range(12), count)
    shots = []
    for hue in hues:
        shot = Image.new("HSV", (SIDE, 300), (0, 0, 250))
        pen, full = ImageDraw.Draw(shot), (hue * 21, 200, 200)
        pen.polygon(
            [
                (120, 40),
                (280, 40),
                (350, 110),
                (310, 140),
                (280, 115),
                (280, 280),
                (120, 280),
                (120, 115),
                (90, 140),
                (50, 110),
            ],
            fill=full,
        )
        pen.line((200, 60, 200, 280), fill=(hue * 21, 220, 120), width=3)
        shots.append(taken(shot.convert("RGB").filter(ImageFilter.GaussianBlur(0.6)), rng, 2))
    return shots


def skies(rng: random.Random, count: int) -> Series:
    """Flat: walls and skies, each of its own colours."""
    shots = []
    for _ in range(count):
        top, bottom = ([rng.randint(60, 160), rng.randint(100, 190), rng.randint(190, 250)] for _ in range(2))
        ramp = np.linspace(top, bottom, 225)[:, None].repeat(300, 1)
        shots.append(taken(Image.fromarray(ramp.astype(np.uint8)), rng))
    return shots


def silhouettes(rng: random.Random, count: int) -> Series:
    """Bimodal: hills before an evening sky; light above, dark below."""
    shots = []
    for _ in range(count):
        height, waves = (
            rng.randint(130, 190),
            [(rng.uniform(1, 9), rng.uniform(2, 14), rng.uniform(0, 6)) for _ in range(4)],
        )
        across = np.linspace(0, 2 * np.pi, SIDE)
        edge = height + sum(size * np.sin(turns * across / 2 + at) for turns, size, at in waves)
        dark = np.arange(300)[:, None] > np.asarray(edge)[None]
        shown = np.where(dark[..., None], (24, 22, 26), (236, 190, 150)).astype(np.uint8)
        shots.append(taken(Image.fromarray(shown).filter(ImageFilter.GaussianBlur(0.8)), rng))
    return shots


def nights(rng: random.Random, count: int) -> Series:
    """Black pictures with a few lights."""
    shots = []
    for _ in range(count):
        shot = Image.new("RGB", (SIDE, 300), (8, 8, 12))
        pen = ImageDraw.Draw(shot)
        for _ in range(rng.randint(6, 14)):
            x, y, size = rng.randint(5, 390), rng.randint(5, 290), rng.randint(2, 6)
            pen.ellipse((x, y, x + size, y + size), fill=(250, 235, 190))
        shots.append(taken(shot.filter(ImageFilter.GaussianBlur(0.7)), rng))
    return shots


PHOTOGRAPHED = (
    burst, handheld_burst, next_views, retakes, brackets, lit_brackets, panned_frames, watched_frames,
    things_on_a_table, labels, variants, skies, silhouettes, nights,
)  # fmt: skip


def of_the_castle() -> Iterator[Path]:
    """Eleven real views of one castle, where the shared photographs are there."""
    yield from sorted((SHARED / "photos/sceaux-castle").rglob("*.[jJ][pP]*[gG]"))
