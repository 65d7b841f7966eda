"""Questions beside a run, as the library API has them: compare two files, find files, judge pairs. No file changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from py_image_dedup.analysis.content import read_content
from py_image_dedup.analysis.trouble import Trouble
from py_image_dedup.model.errors import SettingsError
from py_image_dedup.model.files import ImageFile, NotWalked
from py_image_dedup.model.images import Unreadable
from py_image_dedup.model.ports import Clock, Listener
from py_image_dedup.model.questions import FindReport, PairAnswer, Wanted
from py_image_dedup.model.verdicts import ContentPair, Judged, Verdict, content_pair
from py_image_dedup.phases.compare import CompareParts, compare
from py_image_dedup.phases.find import find
from py_image_dedup.phases.search import SearchParts
from py_image_dedup.walking.asked import asked_for, file_at
from py_image_dedup.walking.roots import absolute
from py_image_dedup.walking.selection import Selection

FIND_TITLE = "Looking for files in the library ..."
DIGEST_DIGITS = 64


class VerdictBook(Protocol):
    """Where verdicts are kept; `stores.verdicts.VerdictFile` is the real one."""

    def by_pair(self) -> dict[ContentPair, Verdict]:
        """Each judged pair of contents and the word on it."""
        ...

    def all(self) -> tuple[Judged, ...]:
        """Every verdict, oldest first."""
        ...

    def give(self, judged: Judged) -> None:
        """Keep a verdict, in place of an earlier one on the same pair; durable when this returns."""
        ...

    def take_back(self, pair: ContentPair) -> bool:
        """Forget the verdict on a pair; whether there was one."""
        ...


@dataclass(frozen=True, slots=True)
class QuestionParts:
    """What questions are answered with. `library` holds the folders that `find` asks in unless told otherwise."""

    compare: CompareParts
    search: SearchParts
    selection: Selection
    library: tuple[str, ...]
    verdicts: VerdictBook
    clock: Clock
    listener: Listener


class Questions:
    """Each method gives an answer; none prints, exits, or writes to the index."""

    def __init__(self, parts: QuestionParts) -> None:
        self._parts = parts

    def compare(self, left: str, right: str, *, drawn: bool = False) -> PairAnswer | tuple[Unreadable, ...]:
        """How two files are related; or those that cannot be read. Raises SettingsError where one is no file."""
        files = [_file(path) for path in (left, right)]
        return compare(files[0], files[1], self._parts.compare, drawn=drawn)

    def find(self, paths: Sequence[str], wanted: Wanted) -> FindReport:
        """Whether files, and all pictures in folders, are in the library. Raises SettingsError without a library."""
        parts, started_s = self._parts, self._parts.clock.monotonic_s()
        parts.listener.phase_started(1, 1, FIND_TITLE, None)
        asked = asked_for(paths, parts.selection)
        report = find(asked, parts.library, wanted, parts.search, parts.listener)
        parts.listener.phase_finished(1, parts.clock.monotonic_s() - started_s)
        return report

    def judge(self, left: str, right: str, verdict: Verdict) -> Judged:
        """Keep the user's word on two files (or SHA-256 in hexadecimal). Raises SettingsError for one content."""
        (one, one_path), (other, other_path) = sorted((_content(left), _content(right)))
        if one == other:
            raise SettingsError([f"{left} and {right} have the same bytes: there is nothing to judge."])
        judged = Judged(one, other, verdict, one_path, other_path, self._parts.clock.now_ns())
        self._parts.verdicts.give(judged)
        return judged

    def take_back(self, left: str, right: str) -> bool:
        """Forget the word on two files (or SHA-256 in hexadecimal); whether there was one."""
        return self._parts.verdicts.take_back(content_pair(_content(left)[0], _content(right)[0]))

    def verdicts(self) -> tuple[Judged, ...]:
        """Every verdict, oldest first."""
        return self._parts.verdicts.all()


def _file(path: str) -> ImageFile:
    found = file_at(absolute(path))
    if isinstance(found, ImageFile):
        return found
    reason = found.reason if isinstance(found, NotWalked) else "it is a folder"
    raise SettingsError([f"{path} cannot be compared: {reason}."])


def _content(name: str) -> tuple[bytes, str]:
    """The SHA-256 of a file and its absolute path; a SHA-256 stands for files that are gone, and has none."""
    if len(name) == DIGEST_DIGITS and not set(name.lower()) - set("0123456789abcdef"):
        return bytes.fromhex(name), ""
    path = absolute(name)
    try:
        return read_content(path).sha256, path
    except Trouble as trouble:
        raise SettingsError([f"{name} cannot be judged: {trouble.reason}"]) from None
    except OSError as error:
        raise SettingsError([f"{name} cannot be judged: {error.strerror}."]) from None
