"""Generated pictures with the spectrum of photographs, in colour, and what becomes of them when they are saved."""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image


def photograph(seed: int, width: int = 640, height: int = 512) -> Image.Image:
    """Soft in some places and full of fine detail in others; colours vary less than brightness."""
    random = np.random.default_rng(seed)
    fine, soft, where, one, other = (_plane(random, width, height, fall) for fall in (1.0, 2.0, 2.0, 2.0, 2.0))
    luma = soft + 0.4 * fine * np.exp(where - 1)
    colours = np.stack([luma + 0.3 * one, luma - 0.2 * one - 0.2 * other, luma + 0.3 * other], axis=2)
    return Image.fromarray(np.clip(128 + 40 * colours, 0, 255).astype(np.uint8))


def _plane(random: np.random.Generator, width: int, height: int, fall: float) -> npt.NDArray[np.float64]:
    """Noise whose amplitude falls with the frequency, to this power."""
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None]
    power = 1 / np.maximum(np.hypot(rows, columns), 1 / width) ** fall
    plane = np.fft.ifft2(np.fft.fft2(random.normal(size=(height, width))) * power).real
    return np.asarray(plane / plane.std())


def saved_as_jpeg(picture: Image.Image, quality: int, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "JPEG", quality=quality, **options)
    return buffer.getvalue()


def saved_again(data: bytes, quality: int, **options: object) -> bytes:
    """What a program writes that opens this file and saves it."""
    with Image.open(io.BytesIO(data)) as picture:
        return saved_as_jpeg(picture, quality, **options)
