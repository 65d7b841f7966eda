"""Units go, stay and come back together, or not at all (see `units.py` for what a unit is)."""

import functools
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from py_image_dedup.keeping.units import Companion, Units
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.plans import Subject

# SHA-256 of a companion's content; None where it cannot be read. Asked only for companions of files that would go
# and of their keepers.
Digest = Callable[[ImageFile], bytes | None]


@dataclass(frozen=True, slots=True)
class Departure:
    """A file that would go, and the file that stays for it."""

    path: str
    keeper: str


class Togetherness:
    """Decides about all departures of a plan at once, since partners depend on each other."""

    def __init__(self, units: Units, digest: Digest) -> None:
        self._units = units
        # Asked once a file: a video takes seconds to read, and one plan must not see two contents of it.
        self._digest = functools.cache(digest)

    def torn(self, going: Mapping[str, Departure]) -> dict[str, str]:
        """Path -> why it has to stay, for all of `going` (by path) whose unit would be torn apart."""
        remaining, left = dict(going), dict[str, str]()
        while found := {p: note for p, d in remaining.items() if (note := self._obstacle(d, remaining))}:
            left.update(found)
            remaining = {p: d for p, d in remaining.items() if p not in found}
        return left

    def taken_along(self, order: list[str]) -> dict[str, tuple[Subject, ...]]:
        """Departing path -> companions that go with it. Each goes with its last owner in `order`, so that a run
        that ends early leaves it beside the owner that is still there."""
        place = {path: n for n, path in enumerate(order)}
        return {
            path: tuple(
                Subject(companion.file, sha256)
                for companion in self._units.companions_of(path)
                if max(companion.owners, key=lambda owner: place.get(owner, len(order))) == path
                and (sha256 := self._digest(companion.file)) is not None
            )
            for path in order
        }

    def _obstacle(self, departure: Departure, going: Mapping[str, Departure]) -> str:
        kept_unit = {departure.keeper, *self._units.partners_of(departure.keeper)}
        for partner in self._units.partners_of(departure.path):
            if partner not in going:
                return f"belongs together with {os.path.basename(partner)}, which stays"
            if going[partner].keeper not in kept_unit:
                return f"belongs together with {os.path.basename(partner)}, whose keeper stands elsewhere"
        leaving = (c for c in self._units.companions_of(departure.path) if all(o in going for o in c.owners))
        return next((note for c in leaving if (note := self._companion_obstacle(c, departure.keeper))), "")

    def _companion_obstacle(self, companion: Companion, keeper: str) -> str:
        name = os.path.basename(companion.file.path)
        sha256 = self._digest(companion.file)
        if sha256 is None:
            return f"belongs together with {name}, which cannot be read"
        if not companion.kind.has_content:
            return ""
        kept = (c.file for c in self._units.companions_of(keeper) if c.kind.has_content)
        same = any(f.size == companion.file.size and self._digest(f) == sha256 for f in kept)
        return "" if same else f"has {name} beside it, which the keeper lacks"
