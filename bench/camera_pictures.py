"""Writes pictures as a 12-megapixel camera does: different, noisy, JPEG quality 92, about 4 MB each, EXIF with a time.

Made from a folder of photographs: enlarged to 4000 x 3000, with sensor noise of their own. Or as the web has them.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = (4000, 3000)
NOISE_SIGMA = 3.0
SUFFIXES = {".jpg", ".jpeg", ".png"}


def write_camera_pictures(source: Path, target: Path, count: int, seed: int = 1) -> list[Path]:
    """`count` files in `target`, made from the first `count` usable photographs below `source`."""
    target.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for photo in sorted(p for p in source.rglob("*") if p.suffix.lower() in SUFFIXES):
        if len(written) == count:
            break
        picture = _enlarged(photo)
        if picture is not None:
            written.append(target / f"DSC_{len(written):05d}.jpg")
            _noisy(picture, seed + len(written)).save(written[-1], quality=92, exif=_exif(len(written)))
    return written


def write_web_pictures(source: Path, target: Path, count: int, side: int) -> list[Path]:
    """`count` files in `target` of the longest side `side`, JPEG quality 85, no metadata."""
    target.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for photo in sorted(p for p in source.rglob("*") if p.suffix.lower() in SUFFIXES)[:count]:
        picture = _enlarged(photo)
        if picture is not None:
            written.append(target / f"{len(written):05d}.jpg")
            picture.thumbnail((side, side))
            picture.save(written[-1], quality=85)
    return written


def _enlarged(photo: Path) -> Image.Image | None:
    try:
        with Image.open(photo) as image:
            small = image.convert("RGB")
    except OSError:
        return None
    return small.resize(SIZE, Image.Resampling.BICUBIC) if min(small.size) >= 200 else None


def _noisy(picture: Image.Image, seed: int) -> Image.Image:
    noise = np.random.default_rng(seed).normal(0, NOISE_SIGMA, (SIZE[1], SIZE[0], 1)).astype(np.float32)
    return Image.fromarray(np.clip(np.asarray(picture, np.float32) + noise, 0, 255).astype(np.uint8))


def _exif(number: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Example", "Camera 12"
    exif[0x0132] = f"2020:01:{number % 28 + 1:02d} 12:00:{number % 60:02d}"
    return exif


if __name__ == "__main__":
    files = write_camera_pictures(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
    print(f"{len(files)} files, {sum(f.stat().st_size for f in files) / len(files) / 1e6:.1f} MB each")
