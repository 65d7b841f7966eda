"""The picture libraries, set up for hostile files: one thread, a limit of pixels, known errors."""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
from PIL import Image, UnidentifiedImageError

from py_image_dedup.analysis.limits import AnalysisLimits
from py_image_dedup.analysis.sniff import PictureType, Reader
from py_image_dedup.analysis.trouble import Trouble
from py_image_dedup.model.images import UnreadableKind

# What Pillow's plugins let through on broken files; anything else is a defect and shows as a crashed decoder.
DECODER_ERRORS = (
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, EOFError, AttributeError),
    *(NotImplementedError, AssertionError, RuntimeError, struct.error, zlib.error, cv2.error),
)
_CV2_NO_MEMORY = -4


def prepare_decoders(limits: AnalysisLimits) -> None:
    """Set the limits of this process. A worker is one of several: each decoder gets one thread."""
    from PIL import AvifImagePlugin

    cv2.setNumThreads(1)
    Image.MAX_IMAGE_PIXELS = limits.max_pixels
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1


def require_reader(kind: PictureType) -> None:
    """Make the library that opens this type ready. Raises `Trouble` MISSING_EXTRA where it is not installed."""
    try:
        _READY[kind.reader]()
    except ImportError as missing:
        install = f"pip install 'py-image-dedup[{kind.reader.value}]'"
        reason = f"{kind.name} pictures need an optional package; install it with: {install}"
        raise Trouble(UnreadableKind.MISSING_EXTRA, reason) from missing


def _ready_pillow() -> None:
    """Pillow is always there."""


def _ready_heif() -> None:
    import pillow_heif

    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.register_heif_opener()


def _ready_jxl() -> None:
    import pillow_jxl  # noqa: F401 - registers itself


def _ready_raw() -> None:
    import rawpy  # noqa: F401 - only whether it is there


_READY = {
    Reader.PILLOW: _ready_pillow,
    Reader.HEIF: _ready_heif,
    Reader.JXL: _ready_jxl,
    Reader.RAW: _ready_raw,
}


@contextmanager
def decoder_errors() -> Iterator[None]:
    """Turn what the libraries raise into `Trouble`: TOO_LARGE for bombs, DAMAGED for the rest; MemoryError passes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            yield
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
            raise Trouble(UnreadableKind.TOO_LARGE, f"The picture has too many pixels: {bomb}") from bomb
        except UnidentifiedImageError as error:
            reason = "The picture cannot be decoded: its header is damaged."
            raise Trouble(UnreadableKind.DAMAGED, reason) from error
        except cv2.error as error:
            if error.code == _CV2_NO_MEMORY:
                raise MemoryError(error.err) from error
            raise Trouble(UnreadableKind.DAMAGED, f"The picture cannot be decoded: {error.err}") from error
        except DECODER_ERRORS as error:
            words = " ".join(str(error).split())[:200] or type(error).__name__
            raise Trouble(UnreadableKind.DAMAGED, f"The picture cannot be decoded: {words}") from error


def check_pixels(width: int, height: int) -> None:
    """Raise `Trouble` TOO_LARGE above the limit; for what Pillow does not check itself."""
    if Image.MAX_IMAGE_PIXELS is not None and width * height > Image.MAX_IMAGE_PIXELS:
        reason = f"The picture has too many pixels: {width} x {height}, the limit is {Image.MAX_IMAGE_PIXELS}."
        raise Trouble(UnreadableKind.TOO_LARGE, reason)
