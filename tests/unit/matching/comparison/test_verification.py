"""What the aligned comparison says of copies, edited copies and look-alikes."""

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from py_image_dedup.matching.comparison.verification import COMPARED_SIDE, Verified, View, verify
from py_image_dedup.matching.orientation import ORIENTATIONS, applied, inverse
from py_image_dedup.model.images import ImageFacts
from py_image_dedup.model.matches import Relation
from tests.support.changes import EDITS, MILD, noisy, saved
from tests.support.look_alikes import LOOK_ALIKES, look_alikes, photograph

SEEDS = (1, 2, 3)
SAFE = {Relation.EDITED, Relation.LOOK_ALIKE, None}


def view(picture: Image.Image) -> View:
    facts = ImageFacts(picture.width, picture.height, "JPEG", "RGB")
    small = picture.copy()
    if max(picture.size) > COMPARED_SIDE:
        factor = COMPARED_SIDE / max(picture.size)
        small = picture.resize((round(picture.width * factor), round(picture.height * factor)), Image.Resampling.BOX)
    return View(np.asarray(small), facts)


def verified(left: Image.Image, right: Image.Image, orientation: int = 1) -> Verified:
    return verify(view(saved(92)(left)), view(saved(85)(right)), orientation, 0.0)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("change", MILD)
def test_a_mildly_changed_copy_is_the_same_picture(change: str, seed: int) -> None:
    original = photograph(seed)

    assert verified(original, MILD[change](original)).relation is Relation.SAME_PICTURE


@pytest.mark.parametrize("orientation", ORIENTATIONS[1:])
def test_a_turned_copy_is_turned_whatever_orientation_was_proposed(orientation: int) -> None:
    original = photograph(4)
    copy = Image.fromarray(np.ascontiguousarray(applied(np.asarray(original), orientation)))

    for proposed in (inverse(orientation), 1):
        found = verified(original, copy, proposed)
        assert (found.relation, found.evidence.orientation) == (Relation.TURNED, inverse(orientation))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("change", EDITS)
def test_an_edited_copy_is_never_the_same_picture(change: str, seed: int) -> None:
    original = photograph(seed)

    assert verified(original, EDITS[change](original)).relation in SAFE


@pytest.mark.parametrize("change", ["grey", "sepia", "stretched", "cropped by 5 %"])
def test_lost_colours_and_changed_shape_are_edits(change: str) -> None:
    original = photograph(5)

    assert verified(original, EDITS[change](original)).relation is Relation.EDITED


@pytest.mark.parametrize("kind", LOOK_ALIKES)
def test_look_alikes_are_never_the_same_picture(kind: str) -> None:
    found = [verified(*pair).relation for pair in look_alikes(kind, range(8))]

    assert set(found) <= SAFE


@pytest.mark.parametrize("kind", ["burst", "invoice", "product", "screenshot", "text_page"])
def test_what_differs_in_parts_is_a_look_alike(kind: str) -> None:
    found = [verified(*pair).relation for pair in look_alikes(kind, range(8, 14))]

    assert set(found) == {Relation.LOOK_ALIKE}


def test_unrelated_pictures_are_not_related() -> None:
    assert verified(photograph(6), photograph(7)).relation is None


def test_what_may_go_does_not_depend_on_which_side_is_which() -> None:
    original = photograph(8)

    for change in MILD.values():
        assert verified(change(original), original).relation is Relation.SAME_PICTURE
    for change in EDITS.values():
        assert verified(change(original), original).relation in SAFE


def test_the_evidence_says_how_large_how_bright_and_how_much_is_shown() -> None:
    original = photograph(9)
    half = original.resize((original.width // 2, original.height // 2), Image.Resampling.LANCZOS)

    evidence = verified(original, MILD["darker"](half)).evidence
    crop = verified(original, EDITS["cropped by 5 %"](original)).evidence

    assert evidence.scale == pytest.approx(0.5, abs=0.01)
    assert evidence.brightness is not None
    assert evidence.brightness < -20
    assert evidence.coverage_left == pytest.approx(1, abs=0.02)
    assert crop.coverage_left == pytest.approx(0.9025, abs=0.02)
    assert crop.coverage_right == pytest.approx(1, abs=0.01)


def test_the_place_that_differs_is_told() -> None:
    original = photograph(10)

    differs_at = verified(original, EDITS["caption"](original)).evidence.differs_at

    assert differs_at is not None
    _, y, width, height = differs_at
    assert width > 0.25
    assert 6 / 8 <= y <= 7 / 8 + 0.02  # whole cells of a coarse grid, and the one that the caption's edge reaches into
    assert y + height == pytest.approx(1, abs=0.02)


def pale(share: float) -> Image.Image:
    return ImageEnhance.Color(photograph(8)).enhance(share)


def test_a_grey_copy_of_a_pale_photograph_is_an_edit() -> None:
    assert verified(pale(0.05), pale(0.0)).relation is Relation.EDITED


def test_coloured_noise_on_a_grey_photograph_is_no_gain_of_colours() -> None:
    assert verified(pale(0.0), noisy(pale(0.0))).relation is Relation.SAME_PICTURE
