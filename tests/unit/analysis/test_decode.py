"""Every format and mode gives the picture that a viewer shows, the right way up."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from py_image_dedup.analysis.content import read_content
from py_image_dedup.analysis.decode import decode_completely, opened, oriented, read_pixels, reduced_grey
from py_image_dedup.analysis.modes import Pixels
from py_image_dedup.analysis.sniff import PictureType, sniff
from py_image_dedup.analysis.trouble import Trouble
from tests.support.drawn import drawn, drawn_pixels, encoded, written

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000", "PPM", "QOI", "TGA", "HEIF", "JXL", "MPO")


def grey_of(folder: Path, data: bytes, name: str = "a.tga") -> Pixels:
    content = read_content(written(folder, name, data).path)
    with opened(content, sniff(content.head, content.path)) as image:
        return reduced_grey(content, image)


def difference(a: Pixels, b: Pixels) -> float:
    return float(np.abs(a.astype(float) - b.astype(float)).mean())


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_shows_the_same_picture(tmp_path: Path, format_: str) -> None:
    grey = grey_of(tmp_path, encoded(drawn(), format_))

    assert grey.shape == (200, 300)
    assert difference(grey, np.asarray(drawn().convert("L"))) < 6


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_large_pictures_are_divided_alike_by_every_decoder(tmp_path: Path, format_: str) -> None:
    picture = drawn(width=1403, height=1050)
    expected = np.asarray(picture.convert("L").reduce(8))
    grey = grey_of(tmp_path, encoded(picture, format_))

    assert grey.shape == (132, 176)
    assert difference(grey, expected) < 3


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF", "JXL", "MPO"])
def test_exif_orientation_is_applied_exactly_once(tmp_path: Path, format_: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    expected = oriented(np.asarray(drawn().convert("L")), orientation)
    data = encoded(drawn(), format_, exif=exif.tobytes())

    assert difference(grey_of(tmp_path, data), expected) < 6
    assert difference(as_luma(read_pixels(str(tmp_path / "a.tga"), 1000)), expected) < 6


def as_luma(rgb: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(rgb).convert("L"))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turning_an_array_is_what_exif_transpose_does(orientation: int) -> None:
    method = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    turned = drawn().transpose(method[orientation]) if orientation > 1 else drawn()

    assert np.array_equal(oriented(drawn_pixels(), orientation), np.asarray(turned))


@pytest.mark.parametrize("format_", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_and_not_clipped(tmp_path: Path, format_: str) -> None:
    grey = np.asarray(drawn().convert("L"))
    deep = Image.fromarray((grey.astype(np.uint16) * 257).astype(np.uint16))

    assert difference(grey_of(tmp_path, encoded(deep, format_)), grey) == 0


def test_float_pictures_of_any_range_are_scaled(tmp_path: Path) -> None:
    grey = np.asarray(drawn().convert("L"))
    for white in (1.0, 255.0, 65535.0):
        data = encoded(Image.fromarray((grey / 255 * white).astype(np.float32)), "TIFF")

        assert difference(grey_of(tmp_path, data), grey) < 3


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "TIFF"])
def test_transparency_lies_on_white(tmp_path: Path, format_: str) -> None:
    picture = drawn().convert("RGBA")
    picture.putalpha(Image.new("L", picture.size, 0))

    assert grey_of(tmp_path, encoded(picture, format_, **({"exact": True} if format_ == "WEBP" else {}))).min() >= 254
    assert read_pixels(str(tmp_path / "a.tga"), 100).min() >= 254


def test_palette_with_transparency_lies_on_white(tmp_path: Path) -> None:
    picture = Image.new("P", (40, 40), 1)
    picture.putpalette([0, 0, 0, 10, 20, 30])

    assert grey_of(tmp_path, encoded(picture, "PNG", transparency=1)).min() == 255
    assert grey_of(tmp_path, encoded(picture, "PNG")).max() < 30


@pytest.mark.parametrize("mode", ["CMYK", "L"])
def test_jpeg_of_other_modes_shows_the_same_picture(tmp_path: Path, mode: str) -> None:
    picture = drawn(width=1200, height=1100).convert(mode)
    expected = np.asarray(picture.convert("RGB").convert("L").reduce(8))

    assert difference(grey_of(tmp_path, encoded(picture, "JPEG")), expected) < 3


def test_lab_tiff_shows_its_lightness_and_colour(tmp_path: Path) -> None:
    picture = Image.new("LAB", (64, 64), (150, 128, 128))
    data = encoded(picture, "TIFF")

    assert abs(int(grey_of(tmp_path, data).mean()) - 150) < 3
    assert read_pixels(str(tmp_path / "a.tga"), 64).shape == (64, 64, 3)


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_of_several_frames_the_first_counts(tmp_path: Path, format_: str) -> None:
    frames = [drawn(seed) for seed in (1, 2, 3)]
    grey = grey_of(tmp_path, encoded(frames[0], format_, save_all=True, append_images=frames[1:]))

    assert difference(grey, np.asarray(drawn(1).convert("L"))) < 12


def test_pixels_are_shrunk_to_the_side_wanted_and_never_enlarged(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jpg", encoded(drawn(width=1200, height=900), "JPEG", quality=95)).path
    expected = np.asarray(drawn(width=1200, height=900).resize((512, 384), Image.Resampling.BOX))

    assert read_pixels(path, 512).shape == (384, 512, 3)
    assert difference(read_pixels(path, 512), expected) < 3
    assert read_pixels(path, 5000).shape == (900, 1200, 3)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "QOI", "HEIF", "MPO"])
def test_a_picture_cut_in_half_is_not_sound(tmp_path: Path, format_: str) -> None:
    data = encoded(drawn(), format_)

    assert decode_completely(written(tmp_path, "whole", data).path) is None
    assert decode_completely(written(tmp_path, "half", data[: len(data) // 2]).path)


@pytest.mark.parametrize("format_", ["GIF", "PNG", "WEBP", "TIFF"])
def test_a_later_frame_that_is_cut_off_is_found(tmp_path: Path, format_: str) -> None:
    frames = [drawn(seed) for seed in (1, 2, 3)]
    data = encoded(frames[0], format_, save_all=True, append_images=frames[1:])

    assert decode_completely(written(tmp_path, "whole", data).path) is None
    assert decode_completely(written(tmp_path, "cut", data[: len(data) * 9 // 10]).path)


def test_a_cut_jpeg_is_found_wherever_it_is_cut(tmp_path: Path) -> None:
    data = encoded(drawn(), "JPEG")
    cuts = [written(tmp_path, f"{percent}", data[: len(data) * percent // 100]).path for percent in range(5, 100)]

    assert [path for path in cuts if sound(path)] == []


def sound(path: str) -> bool:
    try:
        return decode_completely(path) is None
    except Trouble:
        return False


def test_damage_that_a_jpeg_decoder_gets_over_is_found(tmp_path: Path) -> None:
    data = bytearray(encoded(drawn(width=900, height=700), "JPEG"))
    del data[len(data) // 2 : len(data) // 2 + 2000]

    assert "damaged" in (decode_completely(written(tmp_path, "a.jpg", bytes(data)).path) or "")


def test_pillow_is_given_no_other_decoder_than_that_of_the_type(tmp_path: Path) -> None:
    data = encoded(drawn(), "PNG")
    content = read_content(written(tmp_path, "a.png", data).path)

    with pytest.raises(Trouble, match="header"), opened(content, PictureType("BMP")):
        pass
    assert Image.open(io.BytesIO(data)).format == "PNG"
