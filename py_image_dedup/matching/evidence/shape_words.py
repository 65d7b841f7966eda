"""In plain words where a copy shows its picture: cropped, framed, tilted, stretched, with something over it."""

import math
from collections.abc import Iterator

from py_image_dedup.matching.orientation import swaps_sides
from py_image_dedup.model.images import ImageFacts
from py_image_dedup.model.matches import Evidence

WHOLE = 0.98
# Steps below which nobody says a word: degrees, ratio of the sides, share of a side.
TILT, STRETCH, MARGIN = 0.5, 1.025, 0.012

Affine = tuple[float, ...]


def shape_words(keeper: ImageFacts, member: ImageFacts, evidence: Evidence) -> Iterator[str]:
    """What `member` shows of the keeper's picture; `evidence` has the keeper on its left."""
    units = evidence.transform
    if evidence.coverage_left is not None and evidence.coverage_left < WHOLE:
        yield f"crop of {_percent(evidence.coverage_left)} of the picture{_place(units)}"
    if evidence.coverage_right is not None and evidence.coverage_right < WHOLE:
        yield f"{_margins(units)}{_percent(1 - evidence.coverage_right)} of it added around"
    if units is not None:
        yield from _bent(units, keeper, member, evidence.orientation)
    if evidence.differs_at is not None:
        _, _, width, height = evidence.differs_at
        yield f"something else over {_percent(max(0.01, width * height))} of the picture{_at(evidence.differs_at)}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _place(units: Affine | None) -> str:
    """Where on the keeper the member lies; `units` brings its unit square to that of the keeper."""
    if units is None:
        return ""
    corners = [(units[0] * x + units[1] * y + units[2], units[3] * x + units[4] * y + units[5]) for x, y in _CORNERS]
    (left, right), (top, bottom) = ((max(0.0, min(c)), min(1.0, max(c))) for c in zip(*corners, strict=True))
    return _at((left, top, right - left, bottom - top))


_CORNERS = ((0, 0), (1, 0), (0, 1), (1, 1))


def _at(box: tuple[float, ...]) -> str:
    """Which side of the picture a box leans to, by the margins it leaves."""
    x, y, width, height = box
    before, behind, above, below = x, 1 - x - width, y, 1 - y - height
    down = "upper" if below > 2 * above + 0.02 else "lower" if above > 2 * below + 0.02 else ""
    across = "left" if behind > 2 * before + 0.02 else "right" if before > 2 * behind + 0.02 else ""
    if down and across:
        return f", {down} {across}"
    if down or across:
        return f", {across or {'upper': 'top', 'lower': 'bottom'}[down]}"
    return ", middle"


def _margins(units: Affine | None) -> str:
    """Bars of a letterbox are told from a frame: they lie on two sides only."""
    if units is None or abs(units[1]) > MARGIN or abs(units[3]) > MARGIN:
        return ""
    across, down = abs(units[0]), abs(units[4])
    if across < 1 + 2 * MARGIN < down:
        return "bars above and below, "
    return "bars at the sides, " if down < 1 + 2 * MARGIN < across else "frame, "


def _bent(units: Affine, keeper: ImageFacts, member: ImageFacts, orientation: int) -> Iterator[str]:
    """Tilt and stretch, in pixels of both pictures as shown."""
    width, height = (member.height, member.width) if swaps_sides(orientation) else (member.width, member.height)
    a, b = units[0] * keeper.width / width, units[1] * keeper.width / height
    c, d = units[3] * keeper.height / width, units[4] * keeper.height / height
    angle = math.degrees(math.atan2(c - b, a + d))
    if TILT < abs(angle) < 45:
        yield f"tilted by {abs(angle):.0f} degrees" if abs(angle) >= 1 else "tilted by less than a degree"
    ratio = math.hypot(b, d) / max(math.hypot(a, c), 1e-9)
    if max(ratio, 1 / max(ratio, 1e-9)) > STRETCH:
        wider = ratio > 1
        yield f"stretched by {_percent(max(ratio, 1 / ratio) - 1)} {'across' if wider else 'down'}"
