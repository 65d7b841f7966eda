import pytest

from py_image_dedup.keeping.units import KINDS, CompanionKind, Units, find_units
from py_image_dedup.walking.selection import COMPANIONS
from tests.support.records import image_file


def units(pictures: str, companions: str) -> Units:
    return find_units(
        [image_file(f"/lib/{name}") for name in pictures.split("|")],
        [image_file(f"/lib/{name}") for name in companions.split("|")],
    )


LONG = "a-name-that-is-quite-a-bit-longer-than-takeout-likes.jpg"


@pytest.mark.parametrize(
    ("picture", "companion", "kind"),
    [
        ("IMG_1.JPG", "IMG_1.CR2", CompanionKind.RAW),
        ("IMG_1.JPG", "IMG_1.dng", CompanionKind.RAW),
        ("IMG_1.HEIC", "IMG_1.MOV", CompanionKind.MOTION),
        ("IMG_1.jpg", "IMG_1.mp4", CompanionKind.MOTION),
        ("PXL_1.MP.jpg", "PXL_1.MP", CompanionKind.MOTION),
        ("IMG_1.jpg", "IMG_1.xmp", CompanionKind.SIDECAR),
        ("IMG_1.jpg", "IMG_1.jpg.xmp", CompanionKind.SIDECAR),
        ("IMG_1.HEIC", "IMG_1.AAE", CompanionKind.SIDECAR),
        ("IMG_0001.HEIC", "IMG_O0001.AAE", CompanionKind.SIDECAR),
        ("IMG_1.jpg", "IMG_1.THM", CompanionKind.SIDECAR),
        ("IMG_1.jpg", "IMG_1.json", CompanionKind.SIDECAR),
        ("IMG_1.jpg", "IMG_1.jpg.json", CompanionKind.SIDECAR),
        ("IMG_1.jpg", "IMG_1.jpg.supplemental-metadata.json", CompanionKind.SIDECAR),
        ("IMG_1.jpg", "IMG_1.jpg.supplemental-met.json", CompanionKind.SIDECAR),
        ("IMG_1.jpg", "IMG_1.jpg.s.json", CompanionKind.SIDECAR),
        ("IMG_1.jpg", "IMG_1.jpg..json", CompanionKind.SIDECAR),
        ("IMG_1(2).jpg", "IMG_1.jpg(2).json", CompanionKind.SIDECAR),
        ("IMG_1(2).jpg", "IMG_1.jpg.supplemental-metadata(2).json", CompanionKind.SIDECAR),
        (LONG, LONG[:46] + ".json", CompanionKind.SIDECAR),
    ],
)
def test_companions_are_found_by_the_names_that_programs_give(
    picture: str, companion: str, kind: CompanionKind
) -> None:
    found = units(picture, companion).companions_of(f"/lib/{picture}")

    assert [(f"/lib/{companion}", kind)] == [(c.file.path, c.kind) for c in found]


@pytest.mark.parametrize(
    ("picture", "other"),
    [
        ("IMG_1.jpg", "IMG_2.xmp"),
        ("IMG_1.jpg", "IMG_1.txt"),
        ("IMG_1.jpg", "IMG_1"),
        ("IMG_1.jpg", "IMG_1.jpg(2).json"),
        ("IMG_1.jpg", "IMG_1.jpg.other.json"),
        (LONG, LONG[:45] + ".json"),
    ],
)
def test_other_files_are_no_companions(picture: str, other: str) -> None:
    assert units(picture, other).companions_of(f"/lib/{picture}") == ()


def test_a_file_in_another_folder_is_no_companion() -> None:
    found = find_units([image_file("/lib/a/IMG_1.jpg")], [image_file("/lib/b/IMG_1.xmp")])

    assert found.companions_of("/lib/a/IMG_1.jpg") == ()


def test_a_companion_named_by_stem_belongs_to_every_picture_with_that_stem() -> None:
    found = units("IMG_1.jpg|IMG_1.png", "IMG_1.xmp|IMG_1.png.xmp")

    assert [c.owners for c in found.companions_of("/lib/IMG_1.jpg")] == [("/lib/IMG_1.jpg", "/lib/IMG_1.png")]
    assert [c.owners for c in found.companions_of("/lib/IMG_1.png")] == [
        ("/lib/IMG_1.png",),
        ("/lib/IMG_1.jpg", "/lib/IMG_1.png"),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("IMG_1.JPG", "IMG_1.CR2"),
        ("IMG_0001.HEIC", "IMG_E0001.JPG"),
        ("photo.jpg", "photo-edited.jpg"),
        ("Foto.jpg", "Foto-bearbeitet.jpg"),
    ],
)
def test_raw_and_jpeg_and_original_and_edited_are_partners(one: str, other: str) -> None:
    found = units(f"{one}|{other}", "none.xmp")

    assert found.partners_of(f"/lib/{one}") == (f"/lib/{other}",)
    assert found.partners_of(f"/lib/{other}") == (f"/lib/{one}",)


def test_two_pictures_that_merely_share_a_stem_are_no_partners() -> None:
    assert units("IMG_1.jpg|IMG_1.png", "none.xmp").partners_of("/lib/IMG_1.jpg") == ()


def test_the_walk_brings_every_kind_of_companion_and_no_other() -> None:
    assert set(KINDS) == COMPANIONS
