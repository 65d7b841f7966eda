"""The points of a picture as the fingerprint `words` holds them: places, sizes, angles and what is around them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from py_image_dedup.model.images import ImageRecord

WORDS = "words"
NUMBERS = 28
POINT = np.dtype(
    [
        ("word", "<u2"),
        ("mirrored", "<u2"),
        ("x", "<u2"),
        ("y", "<u2"),
        ("size", "u1"),
        ("angle", "u1"),
        ("numbers", "u1", NUMBERS // 2),
    ]
)
SIGN_BYTES = 4
SIZE_STEPS, SIZE_TOP = 20, 240
NUMBER_STEP = 0.05

Values = npt.NDArray[np.float32]
Words = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Points:
    """The points of one picture, strongest first. Lengths are in shares of the longest side of the picture."""

    words: Words  # n
    mirrored_words: Words  # n: those of the same points in the mirrored picture
    places: Values  # n x 2
    sizes: Values  # n: diameters
    angles: Values  # n: radians, from the x axis towards the y axis, which points down
    numbers: Values  # n x 28: of the descriptor
    signs: Values  # 28: -1 for numbers that change their sign in the mirrored picture

    def mirrored(self, width: float) -> "Points":
        """The points of the picture mirrored left to right; `width` in shares of the longest side."""
        return Points(
            self.mirrored_words,
            self.words,
            np.stack([np.float32(width) - self.places[:, 0], self.places[:, 1]], axis=1).astype(np.float32),
            self.sizes,
            np.float32(np.pi) - self.angles,
            self.numbers * self.signs,
            self.signs,
        )


def words_of(record: ImageRecord) -> tuple[Words, Words]:
    """The words of a picture and of its mirror image; none where it has no points."""
    raw = _raw(record)
    return raw["word"].copy(), raw["mirrored"].copy()


def points_of(record: ImageRecord) -> Points:
    """Decode the fingerprint. Raises ValueError where it is damaged."""
    raw, mask = _raw(record), int.from_bytes(_value(record)[:SIGN_BYTES], "little")
    halves = raw["numbers"]
    levels = np.stack([halves >> 4, halves & 15], axis=2).reshape(len(raw), NUMBERS)
    changes = np.array([mask >> number & 1 for number in range(NUMBERS)], np.float32)
    return Points(
        raw["word"].copy(),
        raw["mirrored"].copy(),
        np.stack([raw["x"], raw["y"]], axis=1).astype(np.float32) / np.float32(65535),
        np.exp2((raw["size"].astype(np.float32) - SIZE_TOP) / SIZE_STEPS).astype(np.float32),
        raw["angle"].astype(np.float32) * np.float32(2 * np.pi / 256),
        (levels.astype(np.float32) - np.float32(7.5)) * np.float32(NUMBER_STEP),
        np.float32(1) - 2 * changes,
    )


def _value(record: ImageRecord) -> bytes:
    found = record.fingerprint(WORDS)
    return b"" if found is None else found.value


def _raw(record: ImageRecord) -> npt.NDArray[np.void]:
    value = _value(record)
    if value and (len(value) - SIGN_BYTES) % POINT.itemsize:
        raise ValueError(f"{record.file.path}: a words fingerprint has {SIGN_BYTES} + n * {POINT.itemsize} bytes")
    return np.frombuffer(value[SIGN_BYTES:], POINT)
