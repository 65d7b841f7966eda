"""PDQ equals pdqhash bit for bit, and the values that its inventors print within their own tolerance."""

import hashlib
from functools import cache
from typing import Any

import numpy as np
import pytest
from PIL import Image

from py_image_dedup.analysis.fingerprints.pdq import area_grid, pdq
from py_image_dedup.analysis.modes import as_grey
from tests.support.shared import SHARED, shared_json

# The one-pass order of the reference as EXIF orientations: as it is, quarter turn counter-clockwise, half turn, quarter
# turn clockwise, upside-down mirror, left-right mirror, transposed, transposed along the other diagonal.
REFERENCE_ORDER = (1, 8, 3, 6, 4, 2, 5, 7)
META_TOLERANCE_BITS = 16

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared pictures are not beside the repository")


def luma(rgb: Any) -> Any:
    return (rgb[:, :, 0] * 0.299 + rgb[:, :, 1] * 0.587 + rgb[:, :, 2] * 0.114).astype(np.float32)


@cache
def known() -> dict[str, dict[str, Any]]:
    """Files that decode to the pixels they had when the values were made."""
    entries = [entry for entry in shared_json("compat/pdq.json.gz")["files"] if "pdq" in entry]
    return {e["file"]: e for e in entries if hashlib.sha256(rgb(e["file"]).tobytes()).hexdigest() == e["rgb_sha256"]}


def rgb(name: str) -> Any:
    return np.asarray(Image.open(SHARED / name).convert("RGB"))


@cache
def computed(name: str) -> tuple[Any, int]:
    return pdq(luma(rgb(name)))


def bits_apart(a: bytes, b: bytes) -> int:
    return (int.from_bytes(a, "big") ^ int.from_bytes(b, "big")).bit_count()


def test_nearly_every_file_still_decodes_to_the_same_pixels() -> None:
    assert len(known()) >= 400


def test_hash_and_quality_equal_those_of_pdqhash() -> None:
    ours = {name: (computed(name)[0][0].tobytes().hex(), computed(name)[1]) for name in known()}

    assert ours == {name: (entry["pdq"], entry["quality"]) for name, entry in known().items()}


def test_the_eight_orientations_equal_those_of_the_reference() -> None:
    with_dihedral = {name: entry["dihedral"] for name, entry in known().items() if "dihedral" in entry}
    ours = {name: [computed(name)[0][o - 1].tobytes().hex() for o in REFERENCE_ORDER] for name in with_dihedral}

    assert len(ours) >= 30
    assert ours == with_dihedral


def test_published_hashes_are_within_the_tolerance_that_their_publisher_allows() -> None:
    published = [p for p in shared_json("compat/pdq.json.gz")["published"] if p["file"] in known()]
    apart = [bits_apart(computed(p["file"])[0][0].tobytes(), bytes.fromhex(p["pdq"])) for p in published]

    assert len(apart) >= 40
    assert max(apart) <= META_TOLERANCE_BITS


def test_the_stored_hash_of_cell_means_stays_near_the_reference() -> None:
    """Cell means are a box where the reference samples a tent: 8 bits in the median, 34 at most."""
    good = [name for name in known() if computed(name)[1] >= 80]
    stored = [pdq(area_grid(as_grey(Image.open(SHARED / name).convert("RGB"))))[0][0].tobytes() for name in good]
    apart = [bits_apart(computed(name)[0][0].tobytes(), ours) for name, ours in zip(good, stored, strict=True)]

    assert np.median(apart) <= 8
    assert np.percentile(apart, 95) <= 18
    assert max(apart) <= 34
