"""Records and matches for tests, with only what matters named."""

import os
from dataclasses import replace
from hashlib import sha256

from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import ImageFacts, ImageRecord
from py_image_dedup.model.matches import Evidence, Match, Relation, Star

SECOND_NS = 1_000_000_000


def image_file(path: str, **changes: object) -> ImageFile:
    """A file with an inode of its own, made from its path."""
    inode = int.from_bytes(sha256(os.fsencode(path)).digest()[:6], "big")
    plain = ImageFile(path, "/lib", 1000, 100 * SECOND_NS, 100 * SECOND_NS, inode, 1)
    return replace(plain, **changes)  # type: ignore[arg-type]


def record(path: str, content: str | None = None, **changes: object) -> ImageRecord:
    """A picture at `path`; `changes` go to its file or its facts by name. `content` defaults to the path."""
    of_file = {k: v for k, v in changes.items() if k in ImageFile.__dataclass_fields__}
    of_facts = {k: v for k, v in changes.items() if k not in of_file}
    facts = replace(ImageFacts(400, 300, "JPEG", "RGB"), **of_facts)  # type: ignore[arg-type]
    digest = sha256(os.fsencode(path if content is None else content)).digest()
    return ImageRecord(image_file(path, **of_file), digest, facts)


def match(relation: Relation = Relation.SAME_PICTURE, distance: float = 0.1) -> Match:
    return Match(relation, Evidence("JPEG quality about 71", distance))


def star(keeper: ImageRecord, *others: ImageRecord, relation: Relation = Relation.SAME_PICTURE) -> Star:
    return Star(keeper, tuple((other, match(relation)) for other in others))
