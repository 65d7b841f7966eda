import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from py_image_dedup.analysis.quality import quality_of
from py_image_dedup.analysis.rounding import KEPT_BLOCKS
from py_image_dedup.model.codec import encode
from py_image_dedup.model.quality import MOST_LEVEL, Quality, unpacked_terms
from tests.support.drawn import Pixels
from tests.support.photographs import photograph, saved_again, saved_as_jpeg


@pytest.fixture(scope="module")
def photo() -> Pixels:
    """Noise with the falling spectrum of a photograph, fine detail included."""
    random = np.random.default_rng(5)
    rows, columns = np.fft.fftfreq(512)[:, None], np.fft.fftfreq(640)[None]
    power = 1 / np.maximum(np.hypot(rows, columns), 1 / 640) ** 1.2
    plane = np.fft.ifft2(np.fft.fft2(random.normal(size=(512, 640))) * power).real
    return np.clip(128 + 45 * plane / plane.std(), 0, 255).astype(np.uint8)


def jpeg(picture: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer)


def of(picture: Image.Image, path: Path, **options: object) -> Quality:
    picture.save(path, **options)
    return quality_of(str(path))


@pytest.mark.parametrize("side", [1.5, 2, 3])
def test_an_upscaled_picture_holds_nothing_above_its_old_limit(photo: Pixels, tmp_path: Path, side: float) -> None:
    plain = Image.fromarray(photo)
    large = plain.resize((round(640 * side), round(512 * side)), Image.Resampling.LANCZOS)

    assert of(plain, tmp_path / "a.jpg", quality=92).cutoff == 1
    assert of(large, tmp_path / "b.jpg", quality=92).cutoff == pytest.approx(1 / side, rel=0.2)


@pytest.mark.parametrize("first", [60, 75, 80])
def test_a_coarser_jpeg_before_is_seen_in_jpeg_and_png(photo: Pixels, tmp_path: Path, first: int) -> None:
    before = jpeg(Image.fromarray(photo), first)

    for found in (of(before, tmp_path / "a.jpg", quality=92), of(before, tmp_path / "a.png")):
        assert found.saved_again
        assert found.jpeg_quality == pytest.approx(first, abs=1)


@pytest.mark.parametrize("only", [75, 90, 96])
def test_a_jpeg_saved_once_has_its_own_quality(photo: Pixels, tmp_path: Path, only: int) -> None:
    found = of(Image.fromarray(photo), tmp_path / "a.jpg", quality=only)

    assert (found.saved_again, found.jpeg_quality, found.last_quality) == (False, only, only)


def test_a_picture_without_jpeg_has_no_quality(photo: Pixels, tmp_path: Path) -> None:
    assert of(Image.fromarray(photo), tmp_path / "a.png").jpeg_quality is None


def test_noise_and_sharpening_are_measured(photo: Pixels, tmp_path: Path) -> None:
    soft = Image.fromarray(photo).resize((320, 256), Image.Resampling.BOX).resize((640, 512), Image.Resampling.BICUBIC)
    grain = np.random.default_rng(1).normal(0, 12, (512, 640))
    noisy = Image.fromarray(np.clip(np.asarray(soft) + grain, 0, 255).astype(np.uint8))

    assert of(noisy, tmp_path / "a.png").noise > of(soft, tmp_path / "b.png").noise + 5


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (100, 100), (3000, 1)])
def test_small_pictures_are_measured_without_trouble(size: tuple[int, int], tmp_path: Path) -> None:
    found = of(Image.new("RGB", size, (10, 120, 200)), tmp_path / "a.jpg")

    assert (found.cutoff, found.noise, found.saved_again) == (1, 0, False)


def stored(data: bytes, path: Path) -> Quality:
    path.write_bytes(data)
    return quality_of(str(path))


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize(("first", "second"), [(92, 75), (60, 90), (90, 90)])
def test_the_terms_of_a_jpeg_tell_what_saving_it_again_will_store(
    tmp_path: Path, mode: str, first: int, second: int
) -> None:
    data = saved_as_jpeg(photograph(1).convert(mode), first) if mode == "RGB" else grey_jpeg(first)
    source, copy = stored(data, tmp_path / "a.jpg"), stored(saved_again(data, second), tmp_path / "b.jpg")

    (levels, halves), (stored_levels, _) = unpacked_terms(source.terms), unpacked_terms(copy.terms)
    steps, steps_of_copy = (np.tile(quality.steps, KEPT_BLOCKS) for quality in (source, copy))
    expected = (np.array(levels) * steps + np.array(halves) / 2) / steps_of_copy
    clear = (np.abs(levels) < MOST_LEVEL) & (np.abs(expected - np.rint(expected)) < 0.4)

    assert len(levels) == len(source.steps) * KEPT_BLOCKS
    assert np.mean(np.rint(expected)[clear] == np.array(stored_levels)[clear]) > 0.98


def grey_jpeg(quality: int) -> bytes:
    buffer = io.BytesIO()
    photograph(1).convert("L").save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def test_what_is_kept_of_a_picture_takes_less_than_1200_bytes(tmp_path: Path) -> None:
    busy = Image.fromarray(np.random.default_rng(1).integers(0, 256, (600, 800, 3), np.uint8))

    for quality in (75, 100):
        assert len(json.dumps(encode(stored(saved_as_jpeg(busy, quality), tmp_path / "a.jpg")))) < 1200


@pytest.mark.parametrize(("mode", "options"), [("RGB", {"keep_rgb": True}), ("CMYK", {})])
def test_a_jpeg_that_holds_no_luma_is_measured_without_terms(
    tmp_path: Path, mode: str, options: dict[str, bool]
) -> None:
    found = of(photograph(1).convert(mode), tmp_path / "a.jpg", quality=90, **options)

    assert (found.last_quality, found.terms, found.steps) == (90, "", ())


def test_a_picture_that_is_no_jpeg_or_smaller_than_a_block_has_no_terms(tmp_path: Path) -> None:
    assert of(photograph(1), tmp_path / "a.png").terms == ""
    assert of(photograph(1).crop((0, 0, 300, 7)), tmp_path / "a.jpg").terms == ""
