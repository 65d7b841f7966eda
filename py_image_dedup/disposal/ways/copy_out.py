"""`copy-out`: what stays of a library is copied into a folder of its own; the library is only read.

Each copy is a part file first, synced, read back from the disk and compared, and gets its name without replacing
anything. A copy that is there already is left as it is, so that a run that was cut short goes on where it was; what
it left half done stands under a name of ours and goes.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from py_image_dedup.disposal.volume.fsops import FileOps
from py_image_dedup.disposal.volume.held import Folder, HeldFile, Holding, Refusal, digest, has_content, is_below
from py_image_dedup.disposal.ways.act import HALTING
from py_image_dedup.disposal.ways.copying import name_part, write_part
from py_image_dedup.disposal.ways.units import Spot
from py_image_dedup.disposal.ways.verify import Verifier, require_untouched
from py_image_dedup.disposal.work import attributes_of, why
from py_image_dedup.model.errors import LockHeld, SettingsError
from py_image_dedup.model.outcomes import CopyOutcome, Status
from py_image_dedup.model.places import own_name
from py_image_dedup.model.plans import Subject

_PART, _LOCK = own_name("copy-out", "part"), own_name("copy-out", "lock")


@dataclass(slots=True)
class CopyOut:
    """Copies the files of one library into `directory`, which lies outside it."""

    ops: FileOps
    verifier: Verifier
    roots: tuple[str, ...]
    directory: str
    stop: Callable[[], bool]

    def copy(self, subjects: Sequence[Subject]) -> Iterator[CopyOutcome]:
        """One outcome a file, each copy durable before it is given; they end early where `stop` says so.

        A subject without a digest is copied as it is. Raises SettingsError where the folder cannot be used, LockHeld
        where another copy-out is at work in it.
        """
        self._require_outside()
        base = os.path.commonpath([os.path.dirname(root.rstrip("/")) or "/" for root in self.roots])
        with Holding(self.ops) as held_for_run:
            top = self._top(held_for_run)
            with self._locked(top, held_for_run):
                halted = ""
                for subject in subjects:
                    if self.stop():
                        return
                    target = os.path.join(self.directory, os.path.relpath(subject.file.path, base))
                    outcome = CopyOutcome(subject.file.path, target, subject.file.size, Status.REFUSED)
                    if halted:
                        yield replace(outcome, reason=f"not begun: {halted}")
                        continue
                    outcome, halted = self._one(subject, outcome, top)
                    yield outcome

    def _one(self, subject: Subject, outcome: CopyOutcome, top: Folder) -> tuple[CopyOutcome, str]:
        """The outcome of one file, and why nothing more is to be begun, if so."""
        try:
            with Holding(self.ops) as holding:
                note = self._copy(subject, outcome.target, top, holding)
        except Refusal as refusal:
            return replace(outcome, reason=str(refusal)), ""
        except OSError as error:
            reason = f"the disk reported {why(error)}"
            return replace(outcome, status=Status.FAILED, reason=reason), reason if error.errno in HALTING else ""
        return replace(outcome, status=Status.DONE, reason=note), ""

    def _copy(self, subject: Subject, target: str, top: Folder, holding: Holding) -> str:
        source = self._source(subject, holding)
        folder = self._folder(os.path.dirname(target)[len(top.path) + 1 :], top, holding)
        spot = Spot(folder, os.path.basename(target))
        if self.ops.stat_name(folder.descriptor, spot.name) is not None:
            if has_content(self.ops, folder, spot.name, source.subject.sha256):
                return "it is there already"
            raise Refusal(f"another file stands at {target}")
        part = Spot(folder, _PART)
        if self.ops.stat_name(folder.descriptor, part.name) is not None:
            self.ops.unlink(folder.descriptor, part.name)  # of a run that was cut short; no other one is at work here
        holding.keep(write_part(self.ops, source, part, attributes_of(self.ops, source.descriptor)))
        try:
            name_part(self.ops, part, spot)
        except FileExistsError:
            self.ops.unlink(folder.descriptor, part.name)
            raise Refusal(f"another file came to stand at {target}") from None
        return ""

    def _source(self, subject: Subject, holding: Holding) -> HeldFile:
        """The file, open, with the digest that its copy has to have."""
        if subject.sha256:
            return self.verifier.victim(subject, holding, may_be_empty=True)
        held = self.verifier.opened(subject, holding)
        held = replace(held, subject=Subject(subject.file, digest(self.ops, held.descriptor)))
        require_untouched(self.ops, held)
        return held

    def _folder(self, relative: str, top: Folder, holding: Holding) -> Folder:
        """A folder below the top, made where it is missing."""
        folder = holding.top(top.path)
        for name in filter(None, relative.split("/")):
            there = self.ops.stat_name(folder.descriptor, name)
            if there is None:
                self.ops.mkdir(folder.descriptor, name, 0o777)
                self.ops.sync(folder.descriptor)
            elif not there.is_folder:
                raise Refusal(f"{folder.at(name)} is in the way and is no folder")
            folder = holding.below(folder, name)
        return folder

    def _require_outside(self) -> None:
        """Copies within the library would be copies of it at the next look; a library within the copies as well."""
        place = os.path.realpath(self.directory)
        for root in map(os.path.realpath, self.roots):
            if place == root or is_below(place, root) or is_below(root, place):
                raise SettingsError(
                    [f"{self.directory} and the library {root} lie in each other; name another folder."]
                )

    def _top(self, holding: Holding) -> Folder:
        """The folder itself, made where it is missing."""
        try:
            above = holding.top(os.path.dirname(self.directory) or "/")
            if self.ops.stat_name(above.descriptor, os.path.basename(self.directory)) is None:
                self.ops.mkdir(above.descriptor, os.path.basename(self.directory), 0o777)
                self.ops.sync(above.descriptor)
            return holding.top(self.directory)
        except OSError as error:
            raise SettingsError([f"{self.directory} cannot be used: {error.strerror}; name another folder."]) from error

    @contextmanager
    def _locked(self, top: Folder, holding: Holding) -> Iterator[None]:
        descriptor = holding.keep(self.ops.open_lock(top.descriptor, _LOCK))
        if not self.ops.try_lock(descriptor):
            raise LockHeld(f"Another copy-out is at work in {top.path}. Wait until it has finished; then start again.")
        try:
            yield
        finally:
            with suppress(OSError):  # an empty file of ours, in the worst case
                self.ops.unlink(top.descriptor, _LOCK)
