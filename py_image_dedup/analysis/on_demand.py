"""Pixels, their digest and what is broken, for the comparison of two pictures, to be called in worker processes.

The picture libraries are loaded at the call: the parent process names these functions without paying for them.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py_image_dedup.analysis.modes import Pixels


def pixels_of(path: str, max_side: int) -> "Pixels":
    """RGB as a viewer shows it, rows x columns x 3, uint8, the longer side at most `max_side`. Raises `Trouble`."""
    from py_image_dedup.analysis.decode import read_pixels

    return read_pixels(path, max_side)


def digest_of(path: str) -> bytes:
    """The digest of everything that is shown: `whole.pixel_digest`. Raises `Trouble`."""
    from py_image_dedup.analysis.whole import pixel_digest

    return pixel_digest(path)


def broken_data_of(path: str) -> str | None:
    """What is broken in the picture data of a file that decodes; None: nothing is known to be. Raises `Trouble`."""
    from py_image_dedup.analysis.content import read_content
    from py_image_dedup.analysis.scans import broken_scans

    data = read_content(path).data
    return None if data is None else broken_scans(data)
