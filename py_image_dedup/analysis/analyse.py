"""One file becomes an `ImageRecord`: the bytes read and hashed once, one reduced decode, facts, fingerprints."""

import os
from dataclasses import dataclass

from py_image_dedup.analysis.content import Content, read_content
from py_image_dedup.analysis.decode import frame_count, opened, orientation_left, reduced_grey, soundness
from py_image_dedup.analysis.decoders import require_reader
from py_image_dedup.analysis.fingerprints.detail import detail_of
from py_image_dedup.analysis.fingerprints.method import Reading, registered
from py_image_dedup.analysis.fingerprints.pdq import area_grid
from py_image_dedup.analysis.jpeg import jpeg_quality
from py_image_dedup.analysis.metadata import ExifFacts, exif_facts, exif_of
from py_image_dedup.analysis.modes import Pixels
from py_image_dedup.analysis.raw import raw_exif, raw_grey, raw_size
from py_image_dedup.analysis.sniff import PictureType, Reader, sniff
from py_image_dedup.analysis.trouble import Trouble
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import Analysed, Fingerprint, ImageFacts, ImageRecord, Unreadable, UnreadableKind


@dataclass(frozen=True, slots=True)
class _Header:
    """What the decoder says of the picture; `width` and `height` as shown."""

    width: int
    height: int
    format: str
    mode: str
    frames: int = 1
    jpeg_quality: int | None = None


def analyse_file(file: ImageFile, methods: tuple[str, ...]) -> Analysed:
    """The record of the file with the fingerprints of `methods` (names), or why there is none.

    Time, memory and pixels are bounded by the process this runs in: see `worker` and `decoders.prepare_decoders`.
    """
    try:
        content = read_content(file.path)
        _check_unchanged(file, content.status)
        record = _record(file, content, methods)
        _check_unchanged(file, os.lstat(file.path))
        return record
    except Trouble as trouble:
        return Unreadable(file, trouble.kind, trouble.reason)
    except OSError as error:
        return Unreadable(file, UnreadableKind.CHANGED, f"The file is gone: {error.strerror}.")


def file_digest(file: ImageFile) -> bytes | None:
    """The SHA-256 of the file's content; None where it cannot be read, or is not the file that was seen."""
    try:
        content = read_content(file.path)
        _check_unchanged(file, content.status)
    except (Trouble, OSError):
        return None
    return content.sha256


def record_soundness(record: ImageRecord) -> str | None:
    """Why the content of the record cannot be decoded completely; None where it is sound and still the same."""
    try:
        content = read_content(record.file.path)
        if content.sha256 != record.sha256:
            return "The file was changed since it was analysed."
        return soundness(content)
    except Trouble as trouble:
        return trouble.reason


def _check_unchanged(file: ImageFile, status: os.stat_result) -> None:
    now = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    if now != (file.device, file.inode, file.size, file.mtime_ns):
        raise Trouble(UnreadableKind.CHANGED, "The file was changed or replaced while it was looked at.")


def _record(file: ImageFile, content: Content, methods: tuple[str, ...]) -> ImageRecord:
    facts, reading = _read(content, sniff(content.head, file.path))
    values = ((registered()[name], registered()[name].compute(reading)) for name in methods)
    fingerprints = tuple(Fingerprint(m.name, m.version, value) for m, value in values if value is not None)
    return ImageRecord(file, content.sha256, facts, fingerprints)


def _read(content: Content, kind: PictureType) -> tuple[ImageFacts, Reading]:
    if kind.reader is Reader.RAW:
        return _read_raw(content, kind)
    with opened(content, kind) as image:
        size, mode, exif = image.size, image.mode, exif_facts(exif_of(image))
        quality = jpeg_quality(getattr(image, "quantization", {}))
        grey = reduced_grey(content, image)
        if image.format != "TIFF" and orientation_left(image) >= 5:
            size = (size[1], size[0])
        header = _Header(*size, image.format or kind.name, mode, frame_count(image), quality)
    return _facts(header, exif, grey, content)


def _read_raw(content: Content, kind: PictureType) -> tuple[ImageFacts, Reading]:
    require_reader(kind)
    width, height = raw_size(content)
    return _facts(_Header(width, height, kind.name, "RAW"), exif_facts(raw_exif(content)), raw_grey(content), content)


def _facts(header: _Header, exif: ExifFacts, grey: Pixels, content: Content) -> tuple[ImageFacts, Reading]:
    grid = area_grid(grey)
    detail = detail_of(grey, grid, min(header.width, header.height))
    facts = ImageFacts(
        width=header.width,
        height=header.height,
        format=header.format,
        mode=header.mode,
        frames=header.frames,
        orientation=exif.orientation,
        exif_entries=exif.entries,
        taken_at=exif.taken_at,
        camera=exif.camera,
        gps=exif.gps,
        jpeg_quality=header.jpeg_quality,
        detail=detail,
        exif_size=exif.size,
    )
    return facts, Reading(content, grey, grid, detail)
