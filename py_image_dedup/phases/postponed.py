"""Pictures of which an earlier version of this program left the signature are read only where there may be a copy.

After the switch from its index nothing but that signature is known of them, and to read all of them takes hours. What
has the same size as another file, and what is near to another picture by signature, is read at once; the rest waits
until it changes, a new picture is near to it, or somebody asks for all to be read.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import Analysed, ImageRecord
from py_image_dedup.model.ports import Analyser, RecordStore

IMAGE_MATCH = "image-match"
# Of 60 photographs and 16 mild changes each (saved again, scaled, brighter, ...) 99 % lie within; of 1,770 pairs of
# different photographs none is below 0.5.
READ_WITHIN = 0.4
METHOD = f"waiting-{IMAGE_MATCH}-{READ_WITHIN}"

Near = Callable[[bytes, Sequence[bool]], Iterator[tuple[int, int]]]
"""Signatures one after the other, and which are new -> numbers of two that are near, of which one is new at least."""


@dataclass(frozen=True, slots=True)
class Postponement:
    """Says which files may wait. `analyser` also gives signatures, `signatures` those that are known, by path."""

    analyser: Analyser
    signatures: Callable[[Sequence[ImageFile]], dict[str, bytes]]
    near: Near
    store: RecordStore

    def may_wait(
        self, fresh: Sequence[ImageFile], files: Iterable[ImageFile], known: Iterable[Analysed]
    ) -> list[ImageFile]:
        """Those of `fresh` whose signature is known and whose size no other of `files` has.

        None where a record of `known` has no signature to compare theirs with.
        """
        sizes = Counter(file.size for file in files)
        alone = [file for file in fresh if sizes[file.size] == 1]
        if not alone or not self._have_signatures(known):
            return []
        seen = self._seen(alone)
        asked = [file for file in alone if file.path not in seen]
        having = seen | {path for path, signature in self.signatures(asked).items() if any(signature)}
        return [file for file in alone if file.path in having]

    def to_read(self, waiting: Sequence[ImageFile], results: Iterable[Analysed]) -> list[ImageFile]:
        """Those of `waiting` that are near to each other or to a record; only what was not seen before asks."""
        records = [result for result in results if isinstance(result, ImageRecord) and _signature(result)]
        seen = self._seen([*waiting, *(record.file for record in records)])
        if all(file.path in seen for file in (*waiting, *(record.file for record in records))):
            return []
        known = self.signatures(waiting)
        signed = {**known, **{record.file.path: _signature(record) for record in records}}
        near = self._near(signed, seen)
        return [file for file in waiting if file.path not in known or file.path in near]

    def remember(self, waiting: Iterable[ImageFile], results: Iterable[Analysed]) -> None:
        """That these were compared with each other."""
        records = [result.file for result in results if isinstance(result, ImageRecord)]
        self.store.remember(METHOD, [], [_key(file) for file in (*waiting, *records)])

    def _near(self, signed: Mapping[str, bytes], seen: AbstractSet[str]) -> set[str]:
        paths = list(signed)
        pairs = self.near(b"".join(signed.values()), [path not in seen for path in paths])
        return {paths[number] for pair in pairs for number in pair}

    def _have_signatures(self, known: Iterable[Analysed]) -> bool:
        unsigned = [r.file for r in known if isinstance(r, ImageRecord) and not _signature(r)]
        return len(self._seen(unsigned)) == len(unsigned)  # seen: none can be computed of that picture

    def _seen(self, files: Sequence[ImageFile]) -> set[str]:
        """Paths of those that were compared as they are."""
        keys = {_key(file): file.path for file in files}
        return {keys[key] for key in self.store.searched(keys.keys(), METHOD)}


def _signature(record: ImageRecord) -> bytes:
    fingerprint = record.fingerprint(IMAGE_MATCH)
    return b"" if fingerprint is None else fingerprint.value


def _key(file: ImageFile) -> bytes:
    """What stands for a file as it is, where its content is not known."""
    text = b"\0".join([os.fsencode(file.path), str(file.size).encode(), str(file.mtime_ns).encode()])
    return hashlib.sha256(text).digest()
