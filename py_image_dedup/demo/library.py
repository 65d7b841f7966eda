"""Makes the demo library: a few photographs, each with copies of another kind, and what else lies in such folders."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from py_image_dedup.demo.copies import COPIES, camera_jpeg, png, tiff
from py_image_dedup.demo.scenes import lens_cap, photograph
from py_image_dedup.model.errors import SettingsError

_XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>\n'
_CUT_AFTER = 6000  # bytes: inside the picture data of a JPEG of this size

# Number of the photograph -> (kind, where the copy lies)
PLACES: dict[int, tuple[tuple[str, str], ...]] = {
    1: (("same-bytes", "2023 Summer/IMG_0001 copy.jpg"), ("metadata-stripped", "Upload/photo-1.jpg")),
    2: (("re-encoded", "Upload/photo-2.jpg"), ("half-size", "Messenger/IMG-20230703-0002.jpg")),
    3: (("png", "Export/IMG_0003.png"), ("brighter", "Export/IMG_0003 bright.jpg")),
    4: (("turned", "Export/IMG_0004 turned.jpg"), ("mirrored", "Messenger/selfie.jpg")),
    5: (("exif-turned", "Phone backup/IMG_0005.jpg"), ("greyscale", "Export/IMG_0005 grey.jpg")),
    6: (("cropped", "Export/IMG_0006 crop.jpg"), ("framed", "Export/IMG_0006 framed.jpg")),
    7: (("same-bytes", "Phone backup/IMG_0007.jpg"),),
    8: (),
}


@dataclass(frozen=True, slots=True)
class Made:
    """A file of the library: its path below the folder, its kind, the number of the photograph it shows (0: none)."""

    path: str
    kind: str
    photograph: int
    content: bytes


def make_library(directory: str, seed: int = 1) -> tuple[Made, ...]:
    """Write the library into `directory`, which is new or empty; what was made, in order.

    The same seed gives the same pictures. Raises `SettingsError` where something is there already.
    """
    _make_empty(directory)
    made = tuple(files(seed))
    # The originals last: by default the newer of two equal files stays.
    for file in reversed(made):
        path = os.path.join(directory, file.path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "xb") as out:
            out.write(file.content)
    return made


def files(seed: int) -> Iterator[Made]:
    """All files of the library, without writing any."""
    for number, places in PLACES.items():
        yield from _photograph_with_copies(seed, number, places)
    yield from _burst(seed, 9)
    yield from _scans(seed, 10)
    yield from _oddities(seed, 11)


def _make_empty(directory: str) -> None:
    try:
        os.makedirs(directory, exist_ok=True)
        found = os.listdir(directory)
    except OSError as error:
        raise SettingsError([f"The folder {directory} cannot be used: {error.strerror}; name another."]) from None
    if found:
        raise SettingsError([f"The folder {directory} is not empty; name a new or empty one for the demo."])


def _photograph_with_copies(seed: int, number: int, places: tuple[tuple[str, str], ...]) -> Iterator[Made]:
    picture = photograph(seed, number)
    original = camera_jpeg(picture, number)
    yield Made(f"2023 Summer/IMG_{number:04d}.jpg", "original", number, original)
    for kind, path in places:
        yield Made(path, kind, number, original if kind == "same-bytes" else COPIES[kind](picture))
        if kind == "same-bytes":
            yield Made(f"{os.path.splitext(path)[0]}.xmp", "sidecar", number, _XMP)


def _burst(seed: int, number: int) -> Iterator[Made]:
    """Three shots of one scene: look-alikes, of which each stays."""
    for moment in range(3):
        content = camera_jpeg(photograph(seed, number, moment), number)
        yield Made(f"2023 Summer/burst/IMG_{number:04d}_{moment}.jpg", "look-alike", number, content)


def _scans(seed: int, number: int) -> Iterator[Made]:
    picture = photograph(seed, number)
    yield Made("Scans/page.png", "original", number, png(picture))
    yield Made("Scans/page.tif", "tiff", number, tiff(picture))


def _oddities(seed: int, number: int) -> Iterator[Made]:
    """Two black pictures that are no copies of each other, and a file that was cut off."""
    for name, size in (("IMG_0098", (960, 640)), ("IMG_0099", (640, 480))):
        yield Made(f"2023 Summer/{name}.jpg", "lens-cap", 0, camera_jpeg(lens_cap(*size), number))
    whole = camera_jpeg(photograph(seed, number), number)
    yield Made("Phone backup/IMG_0011.jpg", "unreadable", 0, whole[:_CUT_AFTER])
