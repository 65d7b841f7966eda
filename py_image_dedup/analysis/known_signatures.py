"""Signatures that an older version computed are taken over: those files are spared the complete decode they cost."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from py_image_dedup.analysis.fingerprints import VERSIONS
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import Analysed, Fingerprint, ImageRecord
from py_image_dedup.model.ports import Analyser

IMAGE_MATCH = "image-match"
ASKED_AT_ONCE = 20_000  # files: their signatures are 13 MB


@dataclass(slots=True)
class SignatureReuse:
    """An `Analyser` that gives what `complete` gives: of files whose signature is `known`, by means of `partial`.

    `complete` computes the signature among other methods, `partial` all but the signature.
    """

    complete: Analyser
    partial: Analyser
    known: Callable[[Sequence[ImageFile]], dict[str, bytes]]
    last_s: float = field(default=0.0, init=False)

    @property
    def versions(self) -> tuple[tuple[str, int], ...]:
        """See `Analyser`."""
        return self.complete.versions

    def analyse(self, files: Iterable[ImageFile]) -> Iterator[Analysed]:
        """One result a file, in any order."""
        rest = iter(files)
        while batch := list(islice(rest, ASKED_AT_ONCE)):
            known = self.known(batch)
            for result in self._timed(self.partial, [file for file in batch if file.path in known]):
                yield _with_signature(result, known)
            yield from self._timed(self.complete, [file for file in batch if file.path not in known])

    def digests(self, files: Iterable[ImageFile]) -> Iterator[tuple[ImageFile, bytes | None]]:
        """See `Analyser`."""
        return self.complete.digests(files)

    def sound(self, records: Iterable[ImageRecord]) -> Iterator[tuple[ImageRecord, str | None]]:
        """See `Analyser`."""
        return self.complete.sound(records)

    def _timed(self, analyser: Analyser, files: Sequence[ImageFile]) -> Iterator[Analysed]:
        for result in analyser.analyse(files) if files else ():
            self.last_s = analyser.last_s
            yield result


def _with_signature(result: Analysed, known: dict[str, bytes]) -> Analysed:
    if not isinstance(result, ImageRecord):
        return result
    signature = Fingerprint(IMAGE_MATCH, VERSIONS[IMAGE_MATCH], known[result.file.path])
    fingerprints = sorted([*result.fingerprints, signature], key=lambda fingerprint: fingerprint.method)
    return replace(result, fingerprints=tuple(fingerprints))
