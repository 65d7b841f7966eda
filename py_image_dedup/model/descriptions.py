"""What a file says about its picture, kind by kind: what would be lost with a copy that alone says it."""

from collections.abc import Iterable
from dataclasses import dataclass

POSITION = "position"
CAPTURE_TIME = "capture time"
CAMERA = "camera"
CAPTION = "caption"
KEYWORDS = "keywords"
RATING = "rating"
AUTHOR = "author"
COPYRIGHT = "copyright"
KINDS = (CAPTURE_TIME, POSITION, CAMERA, CAPTION, KEYWORDS, RATING, AUTHOR, COPYRIGHT)


@dataclass(frozen=True, slots=True)
class Said:
    """One kind and its values; several only for keywords."""

    kind: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """All that a file says, in the order of `KINDS`."""

    said: tuple[Said, ...] = ()

    def values(self, kind: str) -> tuple[str, ...]:
        """The values of a kind; none where the file says nothing of it."""
        return next((one.values for one in self.said if one.kind == kind), ())

    def with_all_of(self, other: "Description", kinds: Iterable[str]) -> "Description":
        """This one, with what the other says of these kinds beside it."""
        both = {kind: self.values(kind) + (other.values(kind) if kind in set(kinds) else ()) for kind in KINDS}
        return Description(tuple(Said(kind, tuple(dict.fromkeys(values))) for kind, values in both.items() if values))

    def lacks(self, other: "Description") -> tuple[str, ...]:
        """The kinds of which the other says something and this one nothing; keywords: of which it lacks any."""
        return tuple(
            one.kind
            for one in other.said
            if not self.values(one.kind) or (one.kind == KEYWORDS and not set(one.values) <= set(self.values(KEYWORDS)))
        )
