from dataclasses import replace

import pytest

from py_image_dedup.keeping.merits import merits, worse
from py_image_dedup.keeping.ranking import rank
from py_image_dedup.keeping.rules import DEFAULT_RULES, Preferences
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.quality import Merit, Quality
from tests.support.records import record

PLAIN = Quality(96, saved_again=False, cutoff=1.0, noise=1.0, crispness=0.2, last_quality=96)


def quality(**changes: object) -> Quality:
    known = {"jpeg_quality": changes["last_quality"]} if "last_quality" in changes else {}
    return replace(PLAIN, **{**known, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("copy", "why"),
    [
        (quality(last_quality=71, noise=0.6), "lost detail at JPEG quality about 71"),
        (quality(last_quality=90, noise=7.2, crispness=0.5), "noise was added"),
        (quality(last_quality=96, crispness=0.4), "sharpened"),
    ],
)
def test_a_copy_that_lost_something_says_what(copy: Quality, why: str) -> None:
    assert worse(copy, PLAIN) == why
    assert worse(PLAIN, copy) == ""


def test_saving_again_at_a_higher_quality_brings_nothing_back() -> None:
    coarse = quality(last_quality=75)
    fine = quality(last_quality=95, jpeg_quality=75, saved_again=True)

    assert worse(fine, coarse) == "saved again"
    assert worse(coarse, fine) == ""


def test_a_better_quality_that_shows_no_more_was_saved_from_the_lower_one() -> None:
    coarse, fine = quality(last_quality=80, noise=1.02, crispness=0.19), quality(last_quality=95)

    assert worse(fine, coarse) == "saved again"
    assert worse(coarse, fine) == ""


@pytest.mark.parametrize("lost", [{"noise": 0.7}, {"crispness": 0.15}, {"last_quality": 90}])
def test_a_lower_quality_that_shows_less_or_is_hardly_lower_lost_it(lost: dict[str, object]) -> None:
    coarse, fine = quality(**{"last_quality": 80, **lost}), quality(last_quality=95)

    assert worse(coarse, fine) == f"lost detail at JPEG quality about {coarse.jpeg_quality}"
    assert worse(fine, coarse) == ""


def test_a_copy_whose_tones_run_into_their_ends_lost_them() -> None:
    bright = quality(clipped=0.2)

    assert worse(bright, quality(clipped=0.05)) == "tones clipped"
    assert worse(quality(clipped=0.05), bright) == ""
    assert worse(bright, quality(clipped=0.15)) == ""  # a white sky that was white before


def test_detail_that_a_lower_quality_took_is_not_called_sharpened() -> None:
    coarse = quality(last_quality=60, crispness=0.1)

    assert worse(PLAIN, coarse) == ""
    assert worse(coarse, PLAIN) == "lost detail at JPEG quality about 60"


def test_a_sharpened_copy_of_a_coarser_file_is_told_by_crispness_and_noise_together() -> None:
    coarse = quality(last_quality=80)

    assert worse(quality(last_quality=92, crispness=0.4, noise=2.0), coarse) == "sharpened"
    assert worse(quality(last_quality=92, crispness=0.4, noise=1.1), coarse) == ""


def test_nothing_is_said_of_two_alike() -> None:
    assert worse(PLAIN, PLAIN) == ""


def copies(*pictures: tuple[ImageRecord, Quality]) -> dict[bytes, Merit]:
    records = {r.sha256: r for r, _ in pictures}
    pairs = [(a, b) for a in records for b in records if a < b]
    return merits(records, {r.sha256: q for r, q in pictures}, pairs)


def test_an_upscaled_copy_counts_no_more_than_its_source() -> None:
    source, large = record("/lib/a.jpg", width=1600, height=1200), record("/lib/b.jpg", width=3200, height=2400)

    found = copies((source, PLAIN), (large, quality(cutoff=0.53)))

    assert found[source.sha256].effective_pixels == 1600 * 1200
    assert found[large.sha256] == Merit(1600 * 1200 - 1, 0, "upscaled: holds no more detail than 1600x1200")


def test_an_upscaled_copy_without_its_source_counts_what_its_spectrum_shows() -> None:
    half, large = record("/lib/a.jpg", width=2400, height=1800), record("/lib/b.jpg", width=3200, height=2400)

    found = copies((half, PLAIN), (large, quality(cutoff=0.25)))

    assert found[large.sha256].effective_pixels == 800 * 600 - 1


def test_a_lone_picture_has_no_merit() -> None:
    alone = record("/lib/a.jpg")

    assert merits({alone.sha256: alone}, {alone.sha256: quality(cutoff=0.5)}, []) == {}


def stays(rules: tuple[str, ...], *records: ImageRecord, preferences: Preferences | None = None) -> str:
    return rank(records, rules, preferences=preferences or Preferences())[0].record.file.path


def test_effective_pixels_and_losses_decide_before_bytes() -> None:
    source = replace(record("/lib/a.jpg", size=100), merit=Merit(120_000))
    large = replace(record("/lib/b.jpg", size=900, width=800, height=600), merit=Merit(119_999))
    again = replace(record("/lib/c.jpg", size=900), merit=Merit(120_000, 1, "saved again"))

    assert stays(DEFAULT_RULES, large, again, source) == "/lib/a.jpg"


def test_time_place_and_camera_count_more_than_many_entries() -> None:
    many, told = record("/lib/a.jpg", exif_entries=60), record("/lib/b.jpg", exif_entries=3, gps=(1.0, 2.0))

    assert stays(("more-metadata",), many, told) == "/lib/b.jpg"


@pytest.mark.parametrize(
    "name", ["IMG_0001.jpg", "DSC_0042.JPG", "DSCF1234.RAF", "PXL_20230703_101500123.jpg", "20230703_101500.jpg"]
)
def test_names_that_cameras_give_are_known(name: str) -> None:
    assert stays(("original-from-camera",), record("/lib/a picture.jpg"), record(f"/lib/{name}")) == f"/lib/{name}"


def test_the_size_that_the_camera_stored_counts_more_than_a_name() -> None:
    original = record("/lib/z.jpg", exif_size=(300, 400), camera="Canon")  # turned: width and height as stored
    smaller = record("/lib/IMG_0001.jpg", exif_size=(4000, 3000), camera="Canon")

    assert stays(("original-from-camera",), smaller, original) == "/lib/z.jpg"


def test_preferred_and_avoided_directories_and_formats() -> None:
    lists = Preferences(("/lib/best", "/lib/good"), ("/lib/messenger",), ("TIFF", "PNG"))
    best, good, other = record("/lib/best/z.jpg"), record("/lib/good/b.jpg"), record("/lib/bestiary/a.jpg")
    assert stays(("preferred-directory",), other, good, best, preferences=lists) == "/lib/best/z.jpg"
    assert stays(("preferred-directory",), other, good, preferences=lists) == "/lib/good/b.jpg"

    sent = record("/lib/messenger/deep/a.jpg")
    assert stays(("avoided-directory",), sent, good, preferences=lists) == "/lib/good/b.jpg"

    png, tiff = record("/lib/a.jpg", format="PNG"), record("/lib/b.jpg", format="TIFF")
    assert stays(("preferred-format",), record("/lib/0.jpg"), png, tiff, preferences=lists) == "/lib/b.jpg"


def test_a_lossless_copy_of_a_jpeg_was_made_from_it_and_two_jpegs_say_nothing() -> None:
    jpeg, again, png = (record(f"/lib/{n}", format=f) for n, f in (("a", "JPEG"), ("b", "JPEG"), ("c", "PNG")))
    records = {r.sha256: r for r in (jpeg, again, png)}

    found = merits(records, {}, [], [(jpeg.sha256, png.sha256), (jpeg.sha256, again.sha256)])

    assert found == {png.sha256: Merit(png.facts.pixel_count, 1, "made from the JPEG")}


def test_the_jpeg_stays_before_the_larger_png_that_was_made_from_it() -> None:
    jpeg, png = record("/lib/a.jpg", size=1000), record("/lib/a.png", format="PNG", size=9000)
    found = merits({r.sha256: r for r in (jpeg, png)}, {}, [], [(jpeg.sha256, png.sha256)])
    contenders = [replace(r, merit=found.get(r.sha256)) for r in (png, jpeg)]

    assert rank(contenders, DEFAULT_RULES, preferences=Preferences())[0].record.file.path == "/lib/a.jpg"
