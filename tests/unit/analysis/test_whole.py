"""The digest of pixels: equal for what is shown alike, different for anything else."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from py_image_dedup.analysis.decode import oriented
from py_image_dedup.analysis.whole import pixel_digest
from tests.support.drawn import drawn, drawn_pixels, encoded, written


def digest(folder: Path, data: bytes) -> bytes:
    return pixel_digest(written(folder, "picture", data).path)


def digest_of(folder: Path, picture: Image.Image, format_: str = "PNG", **options: Any) -> bytes:
    return digest(folder, encoded(picture, format_, **options))


def test_containers_without_loss_have_one_digest(tmp_path: Path) -> None:
    formats = {
        "PNG": {},
        "BMP": {},
        "TIFF": {"compression": "tiff_lzw"},
        "QOI": {},
        "PPM": {},
        "WEBP": {"lossless": True},
    }

    assert len({digest_of(tmp_path, drawn(), name, **options) for name, options in formats.items()}) == 1


def test_a_jpeg_and_what_it_decodes_to_have_one_digest(tmp_path: Path) -> None:
    jpeg = written(tmp_path, "a.jpg", encoded(drawn(), "JPEG", quality=80))

    assert pixel_digest(jpeg.path) == digest_of(tmp_path, Image.open(jpeg.path).convert("RGB"))


def test_metadata_does_not_count(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"

    assert digest_of(tmp_path, drawn(), "JPEG", exif=exif, comment="hello") == digest_of(tmp_path, drawn(), "JPEG")


@pytest.mark.parametrize("format_", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_turning_by_exif_or_by_pixels_is_the_same(tmp_path: Path, orientation: int, format_: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = Image.fromarray(oriented(drawn_pixels(), orientation))
    options = {"lossless": True} if format_ == "WEBP" else {}

    assert digest_of(tmp_path, drawn(), format_, exif=exif, **options) == digest_of(tmp_path, turned)
    assert orientation == 1 or digest_of(tmp_path, drawn()) != digest_of(tmp_path, turned)


def test_grey_counts_as_equal_channels_and_opaque_alpha_as_none(tmp_path: Path) -> None:
    grey = drawn().convert("L")
    forms = [grey, grey.convert("RGB"), grey.convert("RGBA"), grey.convert("LA"), grey.convert("P")]

    assert len({digest_of(tmp_path, form) for form in forms}) == 1


def test_a_palette_counts_as_the_colours_it_shows(tmp_path: Path) -> None:
    palette = drawn().quantize(64)

    assert digest_of(tmp_path, palette) == digest_of(tmp_path, palette.convert("RGB"))
    assert digest_of(tmp_path, palette, transparency=3) == digest_of(
        tmp_path, Image.open(written(tmp_path, "p", encoded(palette, "PNG", transparency=3)).path).convert("RGBA")
    )


def test_black_and_white_counts_as_grey(tmp_path: Path) -> None:
    assert digest_of(tmp_path, drawn().convert("1")) == digest_of(tmp_path, drawn().convert("1").convert("L"))


def changed_pixel() -> Image.Image:
    pixels = drawn_pixels()
    pixels[100, 100, 1] ^= 1
    return Image.fromarray(pixels)


def test_one_bit_of_one_pixel_counts(tmp_path: Path) -> None:
    assert digest_of(tmp_path, changed_pixel()) != digest_of(tmp_path, drawn())


def test_alpha_and_shape_count(tmp_path: Path) -> None:
    seen_through = drawn().convert("RGBA")
    seen_through.putpixel((0, 0), (0, 0, 0, 0))
    flat = [Image.new("L", size, 7) for size in ((20, 30), (30, 20), (60, 10))]

    assert digest_of(tmp_path, seen_through) != digest_of(tmp_path, drawn())
    assert len({digest_of(tmp_path, picture) for picture in flat}) == 3


def deep(low_bits: int) -> np.ndarray[Any, Any]:
    return drawn_pixels().astype(np.uint16) * 256 + low_bits


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_the_lower_eight_of_sixteen_bits_count(tmp_path: Path, suffix: str) -> None:
    files = []
    for low_bits in (0, 1, 1):
        files.append(written(tmp_path, f"{len(files)}{suffix}", cv2.imencode(suffix, deep(low_bits))[1].tobytes()).path)

    assert pixel_digest(files[0]) != pixel_digest(files[1])
    assert pixel_digest(files[1]) == pixel_digest(files[2])


def test_sixteen_bits_in_two_containers_have_one_digest(tmp_path: Path) -> None:
    files = [written(tmp_path, f"a{s}", cv2.imencode(s, deep(77))[1].tobytes()).path for s in (".png", ".tiff")]

    assert pixel_digest(files[0]) == pixel_digest(files[1])


def test_deep_grey_counts_in_full(tmp_path: Path) -> None:
    grey = np.asarray(drawn().convert("L")).astype(np.uint16)

    assert len({digest_of(tmp_path, Image.fromarray(grey * 256 + low)) for low in (0, 1, 2)}) == 3


def test_deep_avif_whose_decoder_gives_eight_bits_equals_only_itself(tmp_path: Path) -> None:
    files = [
        written(
            tmp_path, f"{n}", cv2.imencode(".avif", deep(0) >> 6, [cv2.IMWRITE_AVIF_DEPTH, 10, *extra])[1].tobytes()
        )
        for n, extra in enumerate(([cv2.IMWRITE_AVIF_SPEED, 9], [cv2.IMWRITE_AVIF_SPEED, 8]))
    ]

    assert pixel_digest(files[0].path) == digest(tmp_path, Path(files[0].path).read_bytes())
    assert pixel_digest(files[0].path) != pixel_digest(files[1].path)


def test_a_profile_other_than_srgb_counts(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    other = srgb.replace("sRGB".encode("utf-16-be"), "Wide".encode("utf-16-be"))

    assert digest_of(tmp_path, drawn(), icc_profile=srgb) == digest_of(tmp_path, drawn())
    assert digest_of(tmp_path, drawn(), icc_profile=other) != digest_of(tmp_path, drawn())


def animation(folder: Path, duration: int, seeds: tuple[int, ...] = (1, 2, 3), format_: str = "GIF") -> bytes:
    frames = [drawn(seed) for seed in seeds]
    options = {"lossless": True} if format_ == "WEBP" else {}
    return digest_of(folder, frames[0], format_, save_all=True, append_images=frames[1:], duration=duration, **options)


def test_every_frame_and_its_duration_count(tmp_path: Path) -> None:
    assert animation(tmp_path, 100) == animation(tmp_path, 100)
    assert animation(tmp_path, 100) != animation(tmp_path, 200)
    assert animation(tmp_path, 100) != animation(tmp_path, 100, (1, 2, 4))
    assert animation(tmp_path, 100) != animation(tmp_path, 100, (1, 2))
    assert animation(tmp_path, 100, format_="WEBP") == animation(tmp_path, 100, format_="PNG")


def test_the_video_of_a_motion_photo_counts(tmp_path: Path) -> None:
    jpeg = encoded(drawn(), "JPEG")
    video = b"\x00\x00\x00\x18ftypmp42" + b"v" * 1000

    assert len({digest(tmp_path, jpeg), digest(tmp_path, jpeg + video), digest(tmp_path, jpeg + video + b"w")}) == 3


def test_the_second_picture_of_an_mpo_counts(tmp_path: Path) -> None:
    pair = [encoded(drawn(), "MPO", save_all=True, append_images=[drawn(seed)]) for seed in (2, 3)]

    assert len({digest(tmp_path, data) for data in (*pair, encoded(drawn(), "JPEG"))}) == 3


def test_cmyk_is_never_taken_for_rgba(tmp_path: Path) -> None:
    pixels = np.asarray(drawn().convert("CMYK"))
    as_rgba = Image.frombytes("RGBA", drawn().size, pixels.tobytes())

    assert digest_of(tmp_path, drawn().convert("CMYK"), "TIFF") != digest_of(tmp_path, as_rgba, "TIFF")


def test_jpeg_xl_equals_only_itself_since_its_depth_is_not_told(tmp_path: Path) -> None:
    assert digest_of(tmp_path, drawn(), "JXL", lossless=True) != digest_of(tmp_path, drawn())
