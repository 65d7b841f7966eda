import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from py_image_dedup.analysis.quality import quality_of
from py_image_dedup.keeping.generations import Kinship, apart_by_noise, kinship
from py_image_dedup.keeping.merits import merits, worse
from py_image_dedup.model.quality import Quality
from tests.support.photographs import photograph, saved_again, saved_as_jpeg
from tests.support.records import record

SEEDS = (1, 2, 3)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def noisy(picture: Image.Image, strength: float) -> Image.Image:
    pixels = np.asarray(picture, np.int16)
    grain = np.random.default_rng(7).normal(0, strength, pixels.shape)
    return Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))


@pytest.fixture
def told(tmp_path: Path):  # type: ignore[no-untyped-def]
    def of(data: bytes) -> Quality:
        path = tmp_path / "a"
        path.write_bytes(data)
        return quality_of(str(path))

    return of


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("first", "second"), [(95, 90), (92, 90), (91, 90), (90, 50), (75, 92), (80, 90), (85, 90), (60, 96), (96, 20)]
)
def test_a_copy_is_told_from_its_source_coarser_or_finer(told, seed: int, first: int, second: int) -> None:  # type: ignore[no-untyped-def]
    source = saved_as_jpeg(photograph(seed), first)
    one, other = told(saved_again(source, second)), told(source)

    assert kinship(one, other) is Kinship.COPY
    assert kinship(other, one) is Kinship.SOURCE
    assert worse(one, other)
    assert not worse(other, one)


@pytest.mark.parametrize("seed", SEEDS)
def test_of_two_of_one_quality_the_one_that_the_other_leads_to_is_the_copy(told, seed: int) -> None:  # type: ignore[no-untyped-def]
    source = saved_as_jpeg(photograph(seed), 90)
    one, other = told(saved_again(source, 90)), told(source)

    assert kinship(one, other) is Kinship.COPY
    assert worse(one, other) == "saved again from a JPEG of quality about 90"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("fine", "coarse"), [(97, 95), (95, 90), (95, 75), (92, 88), (92, 60), (90, 80), (85, 20)])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_of_two_made_from_one_picture_the_finer_never_loses(  # type: ignore[no-untyped-def]
    told, seed: int, fine: int, coarse: int, subsampling: int
) -> None:
    picture = photograph(seed)
    one, other = told(saved_as_jpeg(picture, fine)), told(saved_as_jpeg(picture, coarse, subsampling=subsampling))

    assert worse(one, other) == ""
    assert kinship(one, other) is not Kinship.COPY


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("qualities", [(92, 85, 75), (90, 75, 50), (95, 90, 88)])
def test_the_first_of_a_chain_of_copies_loses_to_none(told, seed: int, qualities: tuple[int, ...]) -> None:  # type: ignore[no-untyped-def]
    first, second, third = qualities
    data = saved_as_jpeg(photograph(seed), first)
    again = saved_again(data, second)
    original, copies = told(data), [told(again), told(saved_again(again, third))]

    assert [worse(original, copy) for copy in copies] == ["", ""]
    assert all(worse(copy, original) for copy in copies)


@pytest.mark.parametrize("quality", [50, 69, 85])
def test_added_noise_is_seen_beside_a_coarse_original_and_does_not_make_it_lose(told, quality: int) -> None:  # type: ignore[no-untyped-def]
    source = saved_as_jpeg(photograph(1), quality)
    original, noise = told(source), told(saved_as_jpeg(noisy(opened(source), 12), 90))

    assert kinship(noise, original) is Kinship.CHANGED
    assert worse(noise, original) == "noise was added"
    assert worse(original, noise) == ""


def test_a_coarse_original_has_lost_nothing_beside_its_sharpened_copy(told) -> None:  # type: ignore[no-untyped-def]
    source = saved_as_jpeg(photograph(1), 60)
    original, sharp = told(source), told(saved_as_jpeg(ImageEnhance.Sharpness(opened(source)).enhance(3), 92))

    assert kinship(original, sharp) is Kinship.CHANGED
    assert worse(original, sharp) == ""


@pytest.mark.parametrize(
    "change",
    [
        ImageFilter.GaussianBlur(0.6),
        ImageFilter.GaussianBlur(1),
        ImageFilter.MedianFilter(3),
        ImageFilter.UnsharpMask(2, 120, 2),
    ],
)
def test_what_is_lost_where_a_picture_was_smoothed_is_no_noise_of_the_better_one(told, change) -> None:  # type: ignore[no-untyped-def]
    picture = photograph(2)
    original, changed = told(saved_as_jpeg(picture, 95)), told(saved_as_jpeg(picture.filter(change), 75))

    assert not apart_by_noise(original, changed)
    assert worse(original, changed) != "noise was added"


def test_a_picture_that_is_turned_says_nothing(told) -> None:  # type: ignore[no-untyped-def]
    source = saved_as_jpeg(photograph(1), 92)
    turned = saved_as_jpeg(opened(source).transpose(Image.Transpose.ROTATE_180), 92)

    assert kinship(told(turned), told(source)) is Kinship.UNKNOWN


def test_what_was_measured_before_terms_were_kept_and_what_is_no_jpeg_says_nothing(told) -> None:  # type: ignore[no-untyped-def]
    source = saved_as_jpeg(photograph(1), 92)
    copy, older = told(saved_again(source, 75)), replace(told(source), steps=(), terms="")

    assert kinship(copy, older) is kinship(older, copy) is Kinship.UNKNOWN
    assert worse(copy, older) == "lost detail at JPEG quality about 75"


@pytest.mark.parametrize(
    ("change", "quality"), [(lambda picture: noisy(picture, 12), 90), (lambda picture: picture, 8)]
)
def test_a_copy_of_an_enlarged_picture_holds_no_more_however_its_cut_is_hidden(told, change, quality: int) -> None:  # type: ignore[no-untyped-def]
    small = photograph(3, 640, 480)
    large = saved_as_jpeg(small.resize((1280, 960), Image.Resampling.LANCZOS), 95)
    records = {r.sha256: r for r in (record(f"/lib/{name}", width=1280, height=960) for name in "ab")}
    original, copy = records
    found = merits(
        records,
        {original: told(large), copy: told(saved_as_jpeg(change(opened(large)), quality))},
        [(original, copy)],
    )

    assert found[copy].effective_pixels == found[original].effective_pixels < 1280 * 960
    assert found[copy].losses > found[original].losses
