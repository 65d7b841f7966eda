"""The eight ways to lay a picture down: quarter turns and mirrors, with the numbers of EXIF (TIFF 6.0, tag 274)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

UPRIGHT = 1
ORIENTATIONS = tuple(range(1, 9))

Scalar = TypeVar("Scalar", bound="np.generic")

_APPLY: Mapping[int, Callable[[npt.NDArray[Any]], npt.NDArray[Any]]] = MappingProxyType(
    {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: a[::-1].swapaxes(0, 1),
        7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
        8: lambda a: a.swapaxes(0, 1)[::-1],
    }
)

WORDS: Mapping[int, str] = MappingProxyType(
    {
        2: "mirrored",
        3: "turned by 180 degrees",
        4: "mirrored top to bottom",
        5: "mirrored and turned by 90 degrees anticlockwise",
        6: "turned by 90 degrees clockwise",
        7: "mirrored and turned by 90 degrees clockwise",
        8: "turned by 90 degrees anticlockwise",
    }
)


def applied(picture: npt.NDArray[Scalar], orientation: int) -> npt.NDArray[Scalar]:
    """Give the picture (rows, columns, ...) as a viewer shows it that finds this orientation in its EXIF. A view."""
    return _APPLY[orientation](picture)


def inverse(orientation: int) -> int:
    """The orientation that undoes `orientation`."""
    return {6: 8, 8: 6}.get(orientation, orientation)


def swaps_sides(orientation: int) -> bool:
    """Whether width and height change places."""
    return orientation >= 5
