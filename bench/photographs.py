"""Photographs of a folder, for labelled sets: what is no photograph left out, and large ones reduced with their EXIF.

A camera's files say when they were taken, by which a bracket or a burst is told from a copy; whoever takes that away
measures messengers, not cameras. So all metadata stays, and the size that EXIF gives follows the pixels.
"""

from pathlib import Path

from PIL import Image

# Sixteen pictures of two waterfalls with a number on each: copies by any name. And a flat one without any content.
NO_PHOTOGRAPHS = ("orientation", "photoshop", "BlueSquare", "0_length")
QUALITY = 92
EXIF_IFD, WIDTH, HEIGHT = 0x8769, 0xA002, 0xA003


def gathered(folder: Path, place: Path, longest: int | None) -> Path:
    """Fill `place` with the photographs of a folder: links, and of what is larger than `longest` reduced copies."""
    place.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(sorted(path for path in folder.rglob("*") if path.is_file())):
        to = place / f"{number:05d}-{path.name}"
        if any(word in path.name for word in NO_PHOTOGRAPHS) or to.exists() or to.with_suffix(".jpg").exists():
            continue
        if longest is None or not reduced(path, to.with_suffix(".jpg"), longest):
            to.symlink_to(path.resolve())
    return place


def reduced(path: Path, to: Path, longest: int) -> bool:
    """Write a picture as a JPEG of this longest side; not where it is small enough, or cannot be read."""
    try:
        with Image.open(path) as picture:
            if max(picture.size) <= longest:
                return False
            exif, profile = picture.getexif(), picture.info.get("icc_profile")
            small = picture.convert("RGB")
    except OSError:
        return False
    small.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    exif.get_ifd(EXIF_IFD).update({WIDTH: small.width, HEIGHT: small.height})
    small.save(to, quality=QUALITY, exif=exif, icc_profile=profile)
    return True
