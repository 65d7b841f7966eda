"""The image-match signature, words and distances equal those of the library, value for value."""

import base64
import hashlib
from functools import cache
from typing import Any

import numpy as np
import pytest

from py_image_dedup.analysis.content import read_content
from py_image_dedup.analysis.fingerprints.image_match import distance, signature, words
from py_image_dedup.analysis.whole import stored_pixels
from tests.support.shared import SHARED, shared_json

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared pictures are not beside the repository")


@cache
def data() -> Any:
    return shared_json("compat/signatures.json.gz")


def as_text(values: Any) -> str:
    return "".join(str(value + 2) for value in values)


@cache
def signatures() -> dict[str, Any]:
    """Of the files that decode to the pixels they had when the values were made."""
    found = {}
    for entry in data()["files"]:
        if "error" not in entry:
            pixels = stored_pixels(read_content(str(SHARED / entry["file"])))
            if pixels is not None and hashlib.sha256(pixels.tobytes()).hexdigest() == entry["pixels"]["sha256"]:
                found[entry["file"]] = signature(pixels)
    return found


def test_nearly_every_file_still_decodes_to_the_same_pixels() -> None:
    assert len(signatures()) >= 500


def test_signatures_and_words_are_the_same() -> None:
    expected = {e["file"]: (e["signature"], e["words"]) for e in data()["files"] if e["file"] in signatures()}

    assert {name: (as_text(values), words(values)) for name, values in signatures().items()} == expected


def test_distances_are_the_same_and_two_blanks_match_nothing() -> None:
    known = [pair for pair in data()["pairs"] if {pair["a"], pair["b"]} <= signatures().keys()]
    ours = [distance(signatures()[pair["a"]], signatures()[pair["b"]]) for pair in known]

    assert len(known) >= 190
    assert ours == pytest.approx([1.0 if p["distance"] is None else p["distance"] for p in known], abs=1e-12)


@pytest.mark.parametrize("entry", data()["arrays"] if SHARED.is_dir() else [], ids=lambda e: e["name"])
def test_quirks_that_no_photograph_reaches_are_kept(entry: dict[str, Any]) -> None:
    pixels = np.frombuffer(base64.b64decode(entry["data"]), np.dtype(entry["dtype"])).reshape(entry["shape"])
    values = signature(pixels)

    assert as_text(values) == entry["signature"]
    assert words(values) == entry["words"]


def test_grey_with_alpha_has_no_signature() -> None:
    assert stored_pixels(read_content(str(SHARED / "photos/pdq/misc-images/modes/LA.png"))) is None


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        signature(np.zeros((5, 5, 2), np.uint8))


def test_an_exact_negative_has_distance_one() -> None:
    values = signature(np.random.default_rng(1).integers(0, 255, (60, 60, 3), np.uint8))

    assert distance(values, -values) == 1.0
