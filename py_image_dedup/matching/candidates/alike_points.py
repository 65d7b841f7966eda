"""Which partners' points may agree on one map: a bound for all partners of a picture at once, which few pass.

`point_model` lays two pictures on each other, at 0.2 ms a pair; among a million pictures nearly all that share words
are strangers. Here its first steps are made for all of them together, in the whole numbers of the fingerprint, and
always on the generous side: what fails here has no map that enough points agree with. Who passes is asked for the map.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.geometry.part_of import LEAST_INLIERS
from py_image_dedup.matching.geometry.point_model import LEAST_AGREEMENT, LOOSE, NEAR, OCTAVES, TURN
from py_image_dedup.matching.geometry.points import NUMBER_STEP, NUMBERS, POINT, SIGN_BYTES, SIZE_STEPS

Raw = npt.NDArray[np.void]  # of dtype POINT
Levels = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Lengths = npt.NDArray[np.float64]

_NEAR = np.float32(np.floor(NEAR / NUMBER_STEP**2 + 0.5) * 4)
_SIZES_APART = round(OCTAVES * SIZE_STEPS)
_ANGLES = 256
_ANGLES_APART = int(TURN * _ANGLES / (2 * np.pi))
# numpy starts threads for larger products, which cost more than they do here; OpenCV takes ten times as long.
BLOCK_ROWS = 48
FIELDS = ("x", "y", "size", "angle")
# What rounding may do to a sum of agreements.
_ROUNDING = 1e-3


@dataclass(frozen=True, slots=True)
class Asked:
    """A picture and one that may show a part of it. `right_width` is that of right in shares of its longest side."""

    words: bytes  # the fingerprint of the partner
    is_left: bool  # whether the picture itself is left, onto which right is laid
    right_width: float


@dataclass(frozen=True, slots=True)
class _Matches:
    """Pairs of points of the picture and of all its partners, ordered by partner; by field, those of left and right."""

    partner: Indices
    left: dict[str, Indices]
    right: dict[str, Indices]


def may_lie_alike(words: bytes, partners: Sequence[Asked], *, is_mirrored: bool) -> Flags:
    """Of each partner, whether `plain_model` (`mirrored_model`) may have `LEAST_INLIERS` points that agree.

    `words` is the fingerprint of the picture, of the same codebook as those of its partners.
    """
    may = np.zeros(len(partners), np.bool_)
    telling = [number for number, asked in enumerate(partners) if len(asked.words) > SIGN_BYTES]
    if len(words) <= SIGN_BYTES or not telling:
        return may
    among = [partners[number] for number in telling]
    matches = _matches(words, among, is_mirrored=is_mirrored)
    widths = np.array([asked.right_width for asked in among])[matches.partner] if is_mirrored else None
    one, other = _alike(matches, is_mirrored=is_mirrored)
    agree = _agreement(matches, one, other, widths)
    may[np.array(telling)[matches.partner[agree >= LEAST_AGREEMENT - _ROUNDING]]] = True
    return may


def _matches(words: bytes, among: Sequence[Asked], *, is_mirrored: bool) -> _Matches:
    """Points that are each other's nearest. Of several that are equally near all count."""
    ours = np.frombuffer(words, POINT, offset=SIGN_BYTES)
    theirs = np.frombuffer(b"".join([asked.words[SIGN_BYTES:] for asked in among]), POINT)
    sizes = [(len(asked.words) - SIGN_BYTES) // POINT.itemsize for asked in among]
    apart = _apart(_levels(theirs), _levels(ours) * (_signs(words) if is_mirrored else 1))
    their, our = _mutual(apart, sizes)
    owner = np.repeat(np.arange(len(among)), sizes)[their]
    is_left = np.array([asked.is_left for asked in among])[owner]
    one = {name: ours[name][our].astype(np.int64) for name in FIELDS}
    other = {name: theirs[name][their].astype(np.int64) for name in FIELDS}
    return _Matches(
        owner,
        {name: np.where(is_left, one[name], other[name]) for name in FIELDS},
        {name: np.where(is_left, other[name], one[name]) for name in FIELDS},
    )


def _mutual(apart: Levels, sizes: Sequence[int]) -> tuple[Indices, Indices]:
    """Which points of theirs and of ours are each other's nearest, and near; `sizes` are how many each partner has."""
    nearest = apart.argmin(axis=1)  # twice as fast as the minimum
    least = np.minimum(apart[np.arange(len(apart)), nearest], _NEAR)
    their, our = np.divmod(np.flatnonzero(apart <= least[:, None]), apart.shape[1])
    ends = np.cumsum(sizes)
    least_of_ours = np.stack([apart[end - size : end].min(axis=0) for end, size in zip(ends, sizes, strict=True)])
    owner = np.repeat(np.arange(len(sizes)), sizes)
    mutual = apart[their, our] <= least_of_ours[owner[their], our]
    return their[mutual], our[mutual]


def _levels(points: Raw) -> Levels:
    """Half-byte numbers as odd whole numbers, so that sums of products are exact in 32 bits, in whatever order."""
    halves = np.ascontiguousarray(points["numbers"])
    levels = np.empty((len(points), NUMBERS // 2, 2), np.float32)
    levels[:, :, 0], levels[:, :, 1] = halves >> 4, halves & 15
    levels += levels
    levels -= 15
    return levels.reshape(len(points), NUMBERS)


def _signs(words: bytes) -> Levels:
    mask = int.from_bytes(words[:SIGN_BYTES], "little")
    return np.array([-1 if mask >> number & 1 else 1 for number in range(NUMBERS)], np.float32)


def _apart(theirs: Levels, ours: Levels) -> Levels:
    """Squared distances, each of theirs by each of ours: the squares of both go into the product."""
    left = np.zeros((-len(theirs) % BLOCK_ROWS + len(theirs), NUMBERS + 2), np.float32)
    left[: len(theirs), :NUMBERS], left[:, -2] = theirs, 1
    left[: len(theirs), -1] = np.einsum("ij,ij->i", theirs, theirs)
    right = np.vstack([-2 * ours.T, np.einsum("ij,ij->i", ours, ours), np.ones(len(ours))]).astype(np.float32)
    blocks = left.reshape(-1, BLOCK_ROWS, NUMBERS + 2) @ right
    return np.asarray(blocks.reshape(-1, len(ours))[: len(theirs)])


def _alike(matches: _Matches, *, is_mirrored: bool) -> tuple[Indices, Indices]:
    """Matches that scale and turn alike, two by two of one partner; of those that enough others are like."""
    counts = np.bincount(matches.partner)
    most = int(counts.max(initial=0))
    place = (np.cumsum(counts) - counts)[:, None] + np.arange(most)
    is_match = np.arange(most) < counts[:, None]
    place = np.where(is_match, place, 0)
    octaves = (matches.left["size"] - matches.right["size"]).astype(np.int16)[place]
    left, right = matches.left["angle"], matches.right["angle"]
    turns = (left + right if is_mirrored else left - right).astype(np.uint8)[place]
    sizes_off = (octaves[:, :, None] - octaves[:, None] + np.int16(_SIZES_APART)).view(np.uint16)
    turns_off = turns[:, :, None] - turns[:, None] + np.uint8(_ANGLES_APART)
    alike = (sizes_off <= 2 * _SIZES_APART) & (turns_off <= 2 * _ANGLES_APART)
    alike &= is_match[:, None]
    alike &= (is_match & (np.count_nonzero(alike, axis=2) >= LEAST_INLIERS))[:, :, None]
    partner, one, other = np.nonzero(alike)
    return place[partner, one], place[partner, other]


def _agreement(matches: _Matches, one: Indices, other: Indices, mirrored_widths: Lengths | None) -> Lengths:
    """For each match, how many others agree with the map that it proposes. See `point_model`."""
    left_x, left_y = (matches.left[axis] / 65535 for axis in ("x", "y"))
    right_x, right_y = (matches.right[axis] / 65535 for axis in ("x", "y"))
    steps = matches.left["angle"] - matches.right["angle"]
    if mirrored_widths is not None:
        right_x = mirrored_widths - right_x
        steps = matches.left["angle"] + matches.right["angle"] - _ANGLES // 2
    turns = steps * (2 * np.pi / _ANGLES)
    scales = np.exp2((matches.left["size"] - matches.right["size"]) / SIZE_STEPS)
    cos, sin = scales * np.cos(turns), scales * np.sin(turns)
    shift_x, shift_y = left_x - (cos * right_x - sin * right_y), left_y - (sin * right_x + cos * right_y)
    x = cos[one] * right_x[other] - sin[one] * right_y[other] + shift_x[one] - left_x[other]
    y = sin[one] * right_x[other] + cos[one] * right_y[other] + shift_y[one] - left_y[other]
    each = np.maximum(0, 1 - np.sqrt(x * x + y * y) / LOOSE)
    return np.asarray(np.bincount(one, each, len(matches.partner)), np.float64)
