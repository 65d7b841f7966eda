"""What a fingerprint method is: a name, a version, a function. A new one is a new file here with a `METHOD`."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

import py_image_dedup.analysis.fingerprints as methods_folder
from py_image_dedup.analysis.content import Content


@dataclass(frozen=True, slots=True)
class Reading:
    """What every method gets: the bytes, and one reduced decode that all share."""

    content: Content
    grey: npt.NDArray[np.uint8]  # height x width, reduced, after EXIF orientation; see `decode.reduced_grey`
    grid: npt.NDArray[np.float32]  # the mean luma of 64 x 64 cells; see `pdq.area_grid`
    detail: float  # 0..1; see `detail.detail_of`


@dataclass(frozen=True, slots=True)
class Method:
    """`compute` gives the value, or None where the picture has none.

    `version` is that of the table in `fingerprints`. `example` is the start of the SHA-256 of the value for the example
    picture of the tests: it shows when a change was not meant.
    """

    name: str
    version: int
    compute: Callable[[Reading], bytes | None]
    example: str


@cache
def registered() -> dict[str, Method]:
    """Every method of this folder by its name."""
    names = sorted(module.name for module in pkgutil.iter_modules(methods_folder.__path__))
    modules = (importlib.import_module(f"{methods_folder.__name__}.{name}") for name in names)
    found = (getattr(module, "METHOD", None) for module in modules)
    return {method.name: method for method in found if isinstance(method, Method)}
