"""Series of pages, screens and charts that look alike and are no copies: each function gives one series."""

import random
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFilter

from tests.support.alike_photographs import any_scene
from tests.support.look_alikes import font, taken

Picture = Image.Image
Series = list[Picture]
PAPER, INK = (250, 249, 245), (25, 25, 28)
SYLLABLES = (
    "ka",
    "ler",
    "min",
    "to",
    "ra",
    "su",
    "vel",
    "an",
    "dor",
    "pi",
    "gen",
    "tal",
    "ro",
    "ber",
    "li",
    "nox",
    "fa",
)


def word(rng: random.Random) -> str:
    return "".join(rng.choices(SYLLABLES, k=rng.randint(1, 4)))


def words(rng: random.Random, count: int) -> str:
    return " ".join(word(rng) for _ in range(count))


def scanned(page: Picture, rng: random.Random) -> Picture:
    """A page as a scanner sees it: not quite straight, soft, with grain."""
    angle = rng.uniform(-0.7, 0.7)
    turned = page.rotate(angle, resample=Image.Resampling.BICUBIC, fillcolor=PAPER)
    return taken(turned.filter(ImageFilter.GaussianBlur(0.6)), rng, 2)


def letters(rng: random.Random, count: int) -> Series:
    """Pages of one letter: one head, other lines."""
    head = words(rng, 4).title()
    shots = []
    for number in range(count):
        page = Image.new("RGB", (354, 500), PAPER)
        pen = ImageDraw.Draw(page)
        pen.text((34, 22), head, font=font(15), fill=INK)
        pen.text((300, 470), str(number + 1), font=font(11), fill=INK)
        for line in range(26):
            pen.text((34, 56 + 15 * line), words(rng, 8)[: rng.randint(40, 50)], font=font(10), fill=INK)
        shots.append(scanned(page, rng))
    return shots


def forms(rng: random.Random, count: int) -> Series:
    """One form, filled in by several people: eight fields of thirty differ."""
    titles, shots = [words(rng, 2) for _ in range(16)], []
    for _ in range(count):
        page = Image.new("RGB", (354, 500), PAPER)
        pen = ImageDraw.Draw(page)
        pen.text((34, 20), "Application for a Permit", font=font(16), fill=INK)
        for row, title in enumerate(titles):
            pen.text((34, 56 + 26 * row), title[:20], font=font(10), fill=INK)
            pen.rectangle((150, 52 + 26 * row, 325, 70 + 26 * row), outline=(120, 120, 120))
        for row in rng.sample(range(16), 8):
            pen.text((156, 55 + 26 * row), words(rng, 2)[:20], font=font(12), fill=(20, 20, 130))
        shots.append(scanned(page, rng))
    return shots


def invoices(rng: random.Random, count: int) -> Series:
    """One sender's invoices: number, day and amounts differ, nothing else."""
    rows, shots = [words(rng, 3)[:24] for _ in range(9)], []
    for _ in range(count):
        page = Image.new("RGB", (354, 500), PAPER)
        pen = ImageDraw.Draw(page)
        pen.text((34, 24), "Water Works Ltd", font=font(18), fill=(20, 60, 120))
        pen.text(
            (34, 60),
            f"Invoice {rng.randint(10000, 99999)}   {rng.randint(10, 28)}.0{rng.randint(1, 9)}.2019",
            font=font(12),
            fill=INK,
        )
        for row, what in enumerate(rows):
            pen.text((34, 100 + 26 * row), what, font=font(11), fill=INK)
            pen.text((268, 100 + 26 * row), f"{rng.randint(10, 999)}.{rng.randint(10, 99)}", font=font(12), fill=INK)
        pen.text((34, 420), "payable within thirty days of receipt", font=font(9), fill=INK)
        shots.append(scanned(page, rng))
    return shots


def mail_screens(rng: random.Random, count: int) -> Series:
    """A program for mail: bars and folders are the same, the list is another one."""
    folders, shots = [word(rng).title() for _ in range(7)], []
    for _ in range(count):
        screen = Image.new("RGB", (480, 320), (246, 247, 249))
        pen = ImageDraw.Draw(screen)
        pen.rectangle((0, 0, 480, 28), fill=(40, 60, 110))
        pen.text((10, 6), "Mail   Edit   View   Tools   Help", font=font(12), fill=(240, 240, 240))
        pen.rectangle((0, 28, 104, 320), fill=(214, 219, 228))
        for row, name in enumerate(folders):
            pen.text((10, 40 + 24 * row), name[:12], font=font(11), fill=(30, 30, 60))
        for row in range(13):
            pen.text((116, 38 + 21 * row), words(rng, 6)[:48], font=font(11), fill=(10, 10, 10))
        shots.append(screen)
    return shots


def editor_screens(rng: random.Random, count: int) -> Series:
    """A dark editor: two files open in it."""
    colours = [(220, 220, 220), (120, 190, 250), (240, 180, 110), (150, 210, 130)]
    shots = []
    for _ in range(count):
        screen = Image.new("RGB", (480, 320), (30, 31, 34))
        pen = ImageDraw.Draw(screen)
        pen.rectangle((0, 0, 480, 22), fill=(52, 54, 60))
        pen.text((8, 4), "File  Edit  Selection  View  Go  Run", font=font(10), fill=(200, 200, 200))
        pen.rectangle((0, 22, 28, 320), fill=(44, 46, 52))
        for row in range(5):
            pen.rectangle((7, 32 + 30 * row, 21, 46 + 30 * row), fill=(150, 152, 160))
        for row in range(17):
            pen.text((38, 28 + 17 * row), str(row + 1), font=font(9), fill=(110, 110, 120))
            indent = 14 * rng.randint(0, 3)
            pen.text(
                (60 + indent, 28 + 17 * row),
                words(rng, rng.randint(1, 6))[:50],
                font=font(10),
                fill=rng.choice(colours),
            )
        shots.append(screen)
    return shots


def telephone_screens(rng: random.Random, count: int) -> Series:
    """An album on a telephone: the same bars, each time another photograph."""
    shots = []
    for _ in range(count):
        screen = Image.new("RGB", (270, 480), (18, 18, 22))
        pen = ImageDraw.Draw(screen)
        pen.rectangle((0, 0, 270, 34), fill=(40, 40, 60))
        pen.text(
            (10, 9),
            f"{rng.randint(10, 23)}:{rng.randint(10, 59)}   gallery   album 3",
            font=font(12),
            fill=(240, 240, 240),
        )
        screen.paste(any_scene(rng, 270, 200), (0, 130))
        pen.rectangle((0, 440, 270, 480), fill=(40, 40, 60))
        for icon in range(4):
            pen.ellipse((26 + 66 * icon, 450, 46 + 66 * icon, 470), outline=(230, 230, 230), width=2)
        shots.append(screen)
    return shots


def _chart(title: str) -> tuple[Picture, ImageDraw.ImageDraw]:
    page = Image.new("RGB", (440, 300), (255, 255, 255))
    pen = ImageDraw.Draw(page)
    pen.text((150, 8), title, font=font(15), fill=INK)
    for line in range(6):
        pen.line((40, 40 + 44 * line, 425, 40 + 44 * line), fill=(210, 210, 210))
        pen.text((8, 34 + 44 * line), str(50 - 10 * line), font=font(10), fill=INK)
    for month in range(12):
        pen.text((50 + 31 * month, 268), "JFMAMJJASOND"[month], font=font(11), fill=INK)
    return page, pen


def _bars(title: str, tops: list[int]) -> Picture:
    page, pen = _chart(title)
    for month, top in enumerate(tops):
        pen.rectangle((46 + 31 * month, top, 68 + 31 * month, 260), fill=(50, 110, 190))
    return page


def bar_charts(rng: random.Random, count: int) -> Series:
    """One template, other numbers."""
    title = words(rng, 2).title()
    return [_bars(title, [rng.randint(48, 240) for _ in range(12)]) for _ in range(count)]


def corrected_charts(rng: random.Random, count: int) -> Series:
    """One template: of twelve numbers one has changed from month to month."""
    title, tops = words(rng, 2).title(), [rng.randint(48, 240) for _ in range(12)]
    shots = []
    for month in rng.sample(range(12), count):
        changed = [*tops]
        changed[month] = 48 + (tops[month] - 48 + rng.randint(50, 140)) % 193
        shots.append(_bars(title, changed))
    return shots


def line_charts(rng: random.Random, count: int) -> Series:
    """A curve a month: the same axes."""
    title, shots = words(rng, 2).title(), []
    for _ in range(count):
        page, pen = _chart(title)
        for colour in ((200, 60, 40), (40, 140, 70)):
            level, line = rng.randint(90, 210), []
            for step in range(40):
                level = min(255, max(45, level + rng.randint(-16, 16)))
                line.append((46 + 9 * step, level))
            pen.line(line, fill=colour, width=2)
        shots.append(page)
    return shots


def slides(rng: random.Random, count: int) -> Series:
    """Slides of one talk: the same ground and foot, other words."""
    foot, ground = words(rng, 3).title(), tuple(rng.randint(200, 245) for _ in range(3))
    shots = []
    for _ in range(count):
        page = Image.new("RGB", (480, 270), ground)
        pen = ImageDraw.Draw(page)
        pen.rectangle((0, 0, 480, 14), fill=(150, 30, 40))
        pen.text((24, 26), words(rng, 3)[:26].title(), font=font(24), fill=INK)
        for row in range(rng.randint(3, 5)):
            pen.text((40, 80 + 32 * row), "- " + words(rng, 5)[:36], font=font(16), fill=INK)
        pen.text((24, 248), foot, font=font(11), fill=(110, 110, 110))
        shots.append(page)
    return shots


DRAWN: tuple[Callable[[random.Random, int], Series], ...] = (
    letters, forms, invoices, mail_screens, editor_screens, telephone_screens,
    bar_charts, corrected_charts, line_charts, slides,
)  # fmt: skip
