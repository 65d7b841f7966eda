"""Edited copies are told as such, with what was done; what only looks alike is not."""

import random
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from py_image_dedup.analysis.analyse import analyse_file
from py_image_dedup.analysis.on_demand import digest_of, pixels_of
from py_image_dedup.demo.scenes import photograph
from py_image_dedup.matching.candidates.nearest import nearest
from py_image_dedup.matching.comparison.compare import Pair
from py_image_dedup.matching.comparison.edited import agrees, is_close, laid
from py_image_dedup.matching.comparison.edited_pairs import EditAwarePairTask
from py_image_dedup.matching.evidence.words import words
from py_image_dedup.matching.geometry.point_model import PointModel
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import Comparison, Relation
from tests.support.drawn import encoded, written
from tests.support.look_alikes import LOOK_ALIKES

Picture = Image.Image
SAME = {Relation.SAME_BYTES, Relation.SAME_PIXELS, Relation.SAME_PICTURE}
METHODS = ("pdq", "words", "pixels")


@pytest.fixture(scope="module")
def scene() -> Picture:
    return photograph(1, 1).convert("RGB").resize((640, 480))


def analysed(folder: Path, picture: Picture, name: str) -> ImageRecord:
    found = analyse_file(written(folder, name, encoded(picture, "JPEG", quality=90)), METHODS)
    assert isinstance(found, ImageRecord)
    return found


def compared(folder: Path, left: Picture, right: Picture) -> tuple[Comparison, str]:
    """The answer with `left` on its left, and what is said of `right`."""
    ours, theirs = analysed(folder, left, "left.jpg"), analysed(folder, right, "right.jpg")
    candidate = nearest(ours, theirs)
    assert candidate is not None
    records = {r.sha256: r for r in (ours, theirs)}
    pair = Pair(candidate, records[candidate.left], records[candidate.right])
    (answer,) = EditAwarePairTask(pixels_of, digest_of)([pair]).comparisons
    if answer.relation is None:
        return answer, ""
    from py_image_dedup.matching.evidence.words import seen_from

    match = seen_from(ours, theirs, answer)
    assert match is not None
    return answer, match.evidence.words


def captioned(picture: Picture) -> Picture:
    framed = picture.copy()
    pen, top = ImageDraw.Draw(framed), picture.height - picture.height // 8
    pen.rectangle((0, top, picture.width, picture.height), fill=(20, 20, 20))
    pen.text((20, top + 15), "a day at the lake, forwarded", fill=(250, 250, 250))
    return framed


def with_logo(picture: Picture) -> Picture:
    framed = picture.copy()
    ImageDraw.Draw(framed).ellipse((0, 0, 80, 80), fill=(230, 60, 40), outline=(255, 255, 255))
    return framed


def tilted(picture: Picture) -> Picture:
    return picture.rotate(5, resample=Image.Resampling.BICUBIC).crop((50, 40, 590, 440))


def seen_at_an_angle(picture: Picture) -> Picture:
    """The whole picture as a print on a table: its corners lie within the frame."""
    frame = np.array([(0, 0), (640, 0), (640, 480), (0, 480)], np.float32)
    corners = np.array([(40, 10), (622, 34), (600, 470), (8, 446)], np.float32)
    bend = cv2.getPerspectiveTransform(frame, corners)
    return Image.fromarray(cv2.warpPerspective(np.asarray(picture), bend, picture.size, borderValue=(90, 80, 70)))


def with_words_across(picture: Picture) -> Picture:
    written = picture.copy()
    pen = ImageDraw.Draw(written)
    for line in range(4):
        pen.rectangle((60, 50 + 110 * line, 580, 74 + 110 * line), fill=(255, 255, 255))
        pen.text((80, 56 + 110 * line), "everything will be fine " * 3, fill=(200, 20, 60))
    return written


def noisy(picture: Picture) -> Picture:
    noise = np.random.default_rng(3).normal(0, 12, (picture.height, picture.width, 3))
    return Image.fromarray(np.clip(np.asarray(picture) + noise, 0, 255).astype(np.uint8))


def with_dark_corners(picture: Picture) -> Picture:
    pixels = np.asarray(picture, np.float32)
    down, across = np.ogrid[-1 : 1 : pixels.shape[0] * 1j, -1 : 1 : pixels.shape[1] * 1j]
    shade = 1 - 0.35 * np.minimum(down * down + across * across, 2)
    return Image.fromarray((pixels * shade[..., None]).astype(np.uint8))


EDITS: dict[str, Callable[[Picture], Picture]] = {
    "cropped": lambda p: p.crop((64, 48, 576, 432)),
    "cropped to half": lambda p: p.crop((0, 0, 320, 240)),
    "letterboxed": lambda p: ImageOps.expand(p, (0, 50), fill=(0, 0, 0)),
    "framed": lambda p: ImageOps.expand(p, 40, fill=(255, 255, 255)),
    "captioned": captioned,
    "with a logo": with_logo,
    "with a logo, then noisy": lambda p: noisy(with_logo(p)),
    "tilted": tilted,
    "stretched": lambda p: p.resize((736, 480)),
    "grey": lambda p: p.convert("L").convert("RGB"),
    "mirrored and cropped": lambda p: ImageOps.mirror(p).crop((64, 48, 576, 432)),
    "seen at an angle": seen_at_an_angle,
    "with words across": with_words_across,
    "with words across a narrow picture": lambda p: with_words_across(p.crop((0, 0, 420, 480))),
    "with dark corners": with_dark_corners,
    "posterised": lambda p: ImageOps.posterize(p, 3),
    "turned and cropped": lambda p: p.transpose(Image.Transpose.ROTATE_90).crop((48, 64, 432, 576)),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_copy_is_called_edited(tmp_path: Path, scene: Picture, edit: str) -> None:
    answer, _ = compared(tmp_path, scene, EDITS[edit](scene))

    assert answer.relation is Relation.EDITED


def test_a_part_of_a_thumbnail_is_edited(tmp_path: Path, scene: Picture) -> None:
    small = scene.resize((72, 54))

    answer, _ = compared(tmp_path, scene, small.crop((4, 4, 60, 46)))

    assert answer.relation is Relation.EDITED


def test_thumbnails_of_two_views_differ_in_their_fine_structure_alone(scene: Picture) -> None:
    """All boxes agree, as in a tenth of the pairs of eleven views of a castle, a part of one of them 72 pixels long."""
    small = np.asarray(scene.resize((72, 54)))
    broad = cv2.GaussianBlur(small, (0, 0), 2.0).astype(np.float32)
    fine = small - broad
    view = np.clip(broad + 0.65 * fine + 0.7 * np.roll(fine, (5, 7), (0, 1)), 0, 255).astype(np.uint8)
    saved = np.asarray(Image.open(BytesIO(encoded(Image.fromarray(small), "JPEG", quality=75))))
    whole_on_whole = PointModel(np.eye(3)[:2], 30, is_mirrored=False)

    other, again = laid(small, view, whole_on_whole), laid(small, saved, whole_on_whole)

    assert other is not None
    assert is_close(other.local)
    assert not agrees(other)
    assert again is not None
    assert agrees(again)


@pytest.mark.parametrize("kind", LOOK_ALIKES)
def test_what_looks_alike_is_never_called_the_same(tmp_path: Path, kind: str) -> None:
    for seed in range(2):
        left, right = LOOK_ALIKES[kind](random.Random(f"{kind} {seed}"))
        ours, theirs = analysed(tmp_path, left, "left.jpg"), analysed(tmp_path, right, "right.jpg")
        if nearest(ours, theirs) is None:
            continue
        answer, _ = compared(tmp_path, left, right)

        assert answer.relation not in SAME | {Relation.TURNED}


@pytest.mark.parametrize("kind", ["burst", "handheld", "text_page", "invoice", "screenshot"])
def test_moments_and_forms_are_not_edited(tmp_path: Path, kind: str) -> None:
    for seed in range(3):
        left, right = LOOK_ALIKES[kind](random.Random(f"{kind} {seed}"))

        assert compared(tmp_path, left, right)[0].relation in {None, Relation.LOOK_ALIKE}


def test_saved_again_stays_the_same_picture(tmp_path: Path, scene: Picture) -> None:
    again = scene.resize((320, 240), Image.Resampling.LANCZOS)

    assert compared(tmp_path, scene, again)[0].relation is Relation.SAME_PICTURE


def test_two_photographs_are_not_related(tmp_path: Path, scene: Picture) -> None:
    other = photograph(2, 7).convert("RGB").resize((640, 480))

    assert compared(tmp_path, scene, other)[0].relation is None


def test_where_something_is_drawn_is_told(tmp_path: Path, scene: Picture) -> None:
    answer, _ = compared(tmp_path, scene, with_logo(scene))

    assert answer.evidence.differs_at is not None
    x, y, width, height = answer.evidence.differs_at
    assert (x, y) == pytest.approx((0, 0), abs=0.02)
    assert (width, height) == pytest.approx((80 / 640, 80 / 480), abs=0.05)


def test_words_need_both_sides(tmp_path: Path, scene: Picture) -> None:
    """A picture read before there were words is compared as before."""
    ours, theirs = analysed(tmp_path, scene, "left.jpg"), analysed(tmp_path, with_logo(scene), "right.jpg")
    from dataclasses import replace

    bare = replace(theirs, fingerprints=tuple(f for f in theirs.fingerprints if f.method != "words"))
    candidate = nearest(ours, bare)
    assert candidate is not None
    records = {r.sha256: r for r in (ours, bare)}
    pair = Pair(candidate, records[candidate.left], records[candidate.right])

    (answer,) = EditAwarePairTask(pixels_of, digest_of)([pair]).comparisons

    assert answer.relation is Relation.LOOK_ALIKE
    assert np.isfinite(answer.evidence.correlation_p50 or 0)
    assert words(ours, bare, Relation.LOOK_ALIKE, answer.evidence)
