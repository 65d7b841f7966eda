"""What is known of one picture after it was read."""

from dataclasses import dataclass
from enum import Enum

from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.quality import Merit

DETAIL_FLOOR = 0.25  # `ImageFacts.detail` below this: flat, dark, two-tone or tiny, too little to be compared


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The value of one method; never compared with a value of another method or version."""

    method: str
    version: int
    value: bytes


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """Facts of the first frame as a viewer shows it: `width` and `height` are in pixels after EXIF orientation."""

    width: int
    height: int
    format: str  # Pillow's name of the format: JPEG, PNG, ...
    mode: str  # Pillow's mode as stored: L, RGB, RGBA, P, CMYK, I;16, ...
    frames: int = 1
    orientation: int = 1  # EXIF 1..8 as stored in the file
    exif_entries: int = 0  # the GPS block counts as one
    taken_at: str | None = None  # "YYYY-MM-DDTHH:MM:SS[.fff]", camera's local time
    camera: str | None = None
    gps: tuple[float, float] | None = None  # latitude, longitude in degrees
    jpeg_quality: int | None = None  # estimated from the luma quantisation table, 1..100; JPEG only
    detail: float = 1.0  # 0..1: below DETAIL_FLOOR the picture carries too little to be compared
    exif_size: tuple[int, int] | None = None  # pixels that EXIF says the camera stored, width and height as stored

    @property
    def pixel_count(self) -> int:
        """Width times height."""
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """A file that was read: identity, content digest, facts and fingerprints."""

    file: ImageFile
    sha256: bytes
    facts: ImageFacts
    fingerprints: tuple[Fingerprint, ...] = ()
    merit: Merit | None = None  # beside its copies; not stored with the file

    def fingerprint(self, method: str) -> Fingerprint | None:
        """The value of `method`, or None where the picture has none."""
        return next((f for f in self.fingerprints if f.method == method), None)


class UnreadableKind(Enum):
    """Why a file gave no record."""

    NOT_A_PICTURE = "not a picture"
    FORMAT_REFUSED = "format not accepted"
    MISSING_EXTRA = "needs an optional package"
    DAMAGED = "damaged"
    TOO_LARGE = "too large"
    TIMEOUT = "took too long"
    WORKER_DIED = "the decoder crashed"
    OUT_OF_MEMORY = "needs too much memory"
    CHANGED = "changed while it was read"
    IO_ERROR = "could not be read"

    @property
    def lasts(self) -> bool:
        """Whether looking again at the unchanged file is pointless, so that the answer may be remembered."""
        return self not in {UnreadableKind.CHANGED, UnreadableKind.IO_ERROR, UnreadableKind.MISSING_EXTRA}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that counts but could not be analysed."""

    file: ImageFile
    kind: UnreadableKind
    reason: str  # a sentence for the user, without the path


Analysed = ImageRecord | Unreadable


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """What a store holds for one path: the result and the versions of the methods that made it."""

    result: Analysed
    versions: tuple[tuple[str, int], ...]  # (method, version), sorted; methods that gave no value included
