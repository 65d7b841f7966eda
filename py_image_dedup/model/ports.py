"""The protocols between rooms. Each has a null or in-memory twin in the package or in `tests/support`."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Protocol

from py_image_dedup.model.files import ImageFile, Walk
from py_image_dedup.model.images import Analysed, ImageRecord, StoredRecord
from py_image_dedup.model.matches import Candidate, Comparison
from py_image_dedup.model.outcomes import Outcome
from py_image_dedup.model.plans import PlannedRemoval


class RecordStore(Protocol):
    """A cache of analysis results, keyed by path bytes, and of comparisons, keyed by content.

    Deleting it loses nothing but time. An outage raises `StoreUnavailable`; it is never an empty answer.
    """

    def get_many(self, paths: Sequence[str]) -> dict[str, StoredRecord]:
        """The stored records of those of `paths` that have one."""
        ...

    def put_many(self, records: Iterable[StoredRecord]) -> None:
        """Insert or replace by path; durable as one batch or not at all."""
        ...

    def remove(self, paths: Iterable[str]) -> None:
        """Forget these paths; unknown ones are no error."""
        ...

    def under(self, roots: Sequence[str]) -> Iterator[StoredRecord]:
        """All records whose path lies below one of `roots`, in path order."""
        ...

    def by_stat(self, files: Collection[ImageFile]) -> Iterator[StoredRecord]:
        """All pictures' records, below whatever root, whose size and mtime are those of one of `files`; in no order."""
        ...

    def files_under(self, roots: Sequence[str]) -> Iterator[ImageFile]:
        """The files of the same records, in the same order, as last read: `under` at a third of its cost.

        And those that have no record but are known otherwise: of them all but the path may be 0.
        """
        ...

    def searched(self, contents: Collection[bytes], method: str) -> set[bytes]:
        """Those of `contents` (SHA-256) that were searched against everything then present, with this method."""
        ...

    def comparisons(self, contents: Collection[bytes], method: str) -> Iterator[Comparison]:
        """All remembered comparisons of which both sides are in `contents`, ordered by (left, right)."""
        ...

    def remember(self, method: str, comparisons: Iterable[Comparison], searched: Iterable[bytes]) -> None:
        """Keep comparisons and mark contents as searched, as one batch. `method` names algorithm and version."""
        ...

    def soundness(self, contents: Collection[bytes], method: str) -> dict[bytes, str | None]:
        """Of `contents`, those that were decoded completely before: None where sound, else the reason."""
        ...

    def remember_soundness(self, method: str, answers: Iterable[tuple[bytes, str | None]]) -> None:
        """Keep the answers of complete decodes."""
        ...

    def close(self) -> None:
        """Release files and connections; the store is not used afterwards."""
        ...


class CandidateIndex(Protocol):
    """Finds contents that may show the same picture: generous, complete within its radius."""

    @property
    def method(self) -> str:
        """Name and version of the search; part of the key under which comparisons are remembered."""
        ...

    def candidates(self, new: Sequence[ImageRecord], all_: Sequence[ImageRecord]) -> Iterator[Candidate]:
        """Candidates between each of `new` and any of `all_` (which holds `new`), each pair once, left < right."""
        ...


class PairComparer(Protocol):
    """Reads both pictures of each candidate and says how they are related; answers come in any order."""

    def compare(self, pairs: Iterable[tuple[Candidate, ImageRecord, ImageRecord]]) -> Iterator[Comparison]:
        """One comparison a candidate, in any order."""
        ...


class Analyser(Protocol):
    """Reads files in worker processes."""

    @property
    def versions(self) -> tuple[tuple[str, int], ...]:
        """The (method, version) pairs a fresh record must carry, sorted."""
        ...

    @property
    def last_s(self) -> float:
        """How long the file whose result `analyse` gave last took its worker."""
        ...

    def analyse(self, files: Iterable[ImageFile]) -> Iterator[Analysed]:
        """One result a file, in any order."""
        ...

    def digests(self, files: Iterable[ImageFile]) -> Iterator[tuple[ImageFile, bytes | None]]:
        """The SHA-256 of each file, None where it cannot be read or was changed meanwhile. In any order."""
        ...

    def sound(self, records: Iterable[ImageRecord]) -> Iterator[tuple[ImageRecord, str | None]]:
        """Decode each picture completely; the reason where that fails, None where it is sound. In any order."""
        ...


class Disposer(Protocol):
    """Carries out removals; the only port that changes a user's files."""

    def dispose(self, removals: Sequence[PlannedRemoval], stop: Callable[[], bool]) -> Iterator[Outcome]:
        """One outcome a removal, in order, each durable before it is given."""
        ...


class Listener(Protocol):
    """Hears what a run does: terminal, JSON lines, metrics, web and tests are listeners."""

    def phase_started(self, number: int, total: int, title: str, items: int | None) -> None:
        """A phase begins; `items` is how many steps it has, where that is known."""
        ...

    def expected(self, items: int) -> None:
        """So many more steps of the current phase became known."""
        ...

    def advanced(self, steps: int = 1) -> None:
        """So many steps of the current phase are done."""
        ...

    def noted(self, text: str) -> None:
        """A sentence for the user."""
        ...

    def phase_finished(self, number: int, seconds: float) -> None:
        """A phase has ended."""
        ...

    def walked(self, walk: Walk) -> None:
        """What there is below the roots became known."""
        ...

    def file_analysed(self, result: Analysed) -> None:
        """One file was read (or could not be)."""
        ...

    def file_took(self, seconds: float) -> None:
        """Reading one file took its worker so long."""
        ...

    def searched(self, contents: int, seconds: float) -> None:
        """So many new contents were looked up and compared, in all of this time."""
        ...

    def disposed(self, outcome: Outcome) -> None:
        """One removal has ended."""
        ...


class Confirm(Protocol):
    """Asks a person; where there is none the answer is no."""

    def __call__(self, question: str, /) -> bool:
        """Whether the person agrees."""
        ...


class Clock(Protocol):
    """Wall-clock and monotonic time."""

    def now_ns(self) -> int:
        """Nanoseconds since the epoch."""
        ...

    def monotonic_s(self) -> float:
        """Seconds of a clock that never goes back."""
        ...
