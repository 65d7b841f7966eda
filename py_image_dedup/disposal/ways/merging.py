"""Before phase 5, where it is asked for: metadata that copies alone have moves into the file that stays.

The file is made anew on the shelf, synced, read back, and verified: the same pixels, nothing lost of what it said. Then
the protocol of links puts it in the place of the old one: intent committed, record written, the old file itself, not a
copy of it, renamed onto the shelf, the new one given its name without replacing anything, folders synced, "moved"
committed. So undo brings the old file back byte for byte, and a kill at any point is settled as for links.
A copy whose metadata could not be moved stays. The file that is being made is an action of its own: what a kill leaves
of it goes with the next start.
"""

from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Protocol

from py_image_dedup.disposal.books.actions import Action, Event, Kind, State, Trace
from py_image_dedup.disposal.volume.held import Folder, HeldFile, Holding, Refusal, digest
from py_image_dedup.disposal.ways.act import HALTING
from py_image_dedup.disposal.ways.copying import CopyDiffers, apply_attributes, require_space
from py_image_dedup.disposal.ways.exiftool import Source
from py_image_dedup.disposal.ways.finding import drop, merged_spot
from py_image_dedup.disposal.ways.links import Linking
from py_image_dedup.disposal.ways.quarantine import Shelves, name_on_shelf, write_all
from py_image_dedup.disposal.ways.units import Piece, Spot, Unit
from py_image_dedup.disposal.ways.verify import Verifier
from py_image_dedup.disposal.work import Work, attributes_of, trace, why
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.plans import PlannedRemoval, Subject, Way

RULE = "merge-metadata"
NOT_MOVED = "what it alone says could not be moved into the file to keep: "


class Merger(Protocol):
    """Makes the new content; `exiftool.ExifTool` is the real one."""

    def missing(self) -> str:
        """A sentence that says what has to be installed; "" where nothing is missing."""
        ...

    def merged(self, keeper: int, path: str, sources: Sequence[Source]) -> bytes:
        """The content of an open file with the metadata of others. Refusal where that cannot be done."""
        ...

    def verify(self, keeper: str, merged: str, sources: Sequence[Source]) -> None:
        """Refusal unless the file made is the same picture with all that was to come."""
        ...


@dataclass(slots=True)
class Merging:
    """Merges for one plan. `refused` says for victims, by path, why they have to stay."""

    work: Work
    verifier: Verifier
    shelves: Shelves
    merger: Merger | None
    stop: Callable[[], bool]
    refused: dict[str, str] = field(default_factory=dict)
    _halted: str = ""

    def merge(self, removals: Sequence[PlannedRemoval], besides: Container[int] = ()) -> list[PlannedRemoval]:
        """The removals, with their keepers as they are now; nothing is merged for those at the positions `besides`."""
        asking: dict[str, list[PlannedRemoval]] = {}
        for position, removal in enumerate(removals):
            if removal.merge and position not in besides:
                asking.setdefault(removal.keeper.file.path, []).append(removal)
        renewed = {path: self._guarded(of_keeper) for path, of_keeper in asking.items()}
        return [replace(removal, keeper=renewed.get(removal.keeper.file.path, removal.keeper)) for removal in removals]

    def _guarded(self, asking: Sequence[PlannedRemoval]) -> Subject:
        """The keeper after merging; as it was, and its copies refused, where that failed."""
        keeper = asking[0].keeper
        reason = self._halted or ("the run was stopped" if self.stop() else "")
        if not reason:
            try:
                with Holding(self.work.ops) as holding:
                    return self._merge(keeper, asking, holding)
            except Refusal as refusal:
                reason = str(refusal)
            except OSError as error:
                reason = f"the disk reported {why(error)}"
                self._halted = reason if error.errno in HALTING else ""
        self.refused.update((removal.victim.file.path, NOT_MOVED + reason) for removal in asking)
        return keeper

    def _merge(self, subject: Subject, asking: Sequence[PlannedRemoval], holding: Holding) -> Subject:
        keeper = self.verifier.victim(subject, holding)
        if keeper.stat.links > 1:
            raise Refusal("it has other names (hard links), which would stay without")
        copies = [self.verifier.victim(removal.victim, holding) for removal in asking]
        sources = [
            Source(copy.descriptor, copy.subject.file.path, removal.merge)
            for copy, removal in zip(copies, asking, strict=True)
        ]
        shelf = self.shelves.for_folder(keeper.folder, holding)
        new_id = self.work.new_id()
        with self._being_made(shelf, new_id) as made:
            descriptor = self._make(keeper, sources, made, holding)
            action = self._action(new_id, keeper, shelf, descriptor)
            unit = Unit(asking[0], copies[0], [Piece(action, keeper, _place(shelf, action, keeper), None)])
            result = Linking(self.work).carry(unit, holding)
        if result.state is not State.MOVED:
            self._halted = result.reason if result.halts else ""
            raise Refusal(result.reason)
        return _as_it_is_now(action, subject)

    @contextmanager
    def _being_made(self, shelf: Folder, new_id: str) -> Iterator[Spot]:
        """Where a file may be made: on record before, and gone after, unless it has got its name."""
        made = merged_spot(shelf, new_id)
        action = self._making(made, self.work.new_id())
        self.work.journal.append([action], [Event(action.id, State.INTENT)])
        try:
            yield made
        finally:
            with suppress(OSError):  # else the next start removes it
                drop(self.work.ops, made)
                self.work.journal.append((), [Event(action.id, State.UNDONE)])

    def _making(self, made: Spot, new_id: str) -> Action:
        return Action(
            id=new_id,
            run_id=self.work.run_id,
            plan_id=self.work.plan_id,
            unit=new_id,
            kind=Kind.MADE_FILE,
            way=Way.MERGED,
            subject=Trace(made.path, made.folder.top, 0, 0, 0, 0, b""),
            place=made.path,
            parent_mtime_ns=0,
        )

    def _make(self, keeper: HeldFile, sources: Sequence[Source], made: Spot, holding: Holding) -> int:
        """The new file, durable and verified, open; with owner, mode, times and attributes of the old one."""
        ops = self.work.ops
        assert self.merger is not None  # nothing is begun without one
        content = self.merger.merged(keeper.descriptor, keeper.subject.file.path, sources)
        require_space(ops, made.folder, len(content))
        descriptor = holding.keep(ops.create_file(made.folder.descriptor, made.name))
        write_all(ops, descriptor, content)
        apply_attributes(ops, descriptor, attributes_of(ops, keeper.descriptor))
        ops.sync(descriptor)
        ops.sync(made.folder.descriptor)
        ops.drop_cache(descriptor)
        if ops.read(descriptor, len(content) + 1, 0) != content:
            raise CopyDiffers(made.path)
        self.merger.verify(keeper.subject.file.path, made.path, sources)
        return descriptor

    def _action(self, new_id: str, keeper: HeldFile, shelf: Folder, descriptor: int) -> Action:
        ops, now = self.work.ops, self.work.ops.stat(descriptor)
        subject = keeper.subject.file
        made = Trace(
            subject.path, keeper.folder.top, now.device, now.inode, now.size, now.mtime_ns, digest(ops, descriptor)
        )
        return Action(
            id=new_id,
            run_id=self.work.run_id,
            plan_id=self.work.plan_id,
            unit=new_id,
            kind=Kind.FILE,
            way=Way.MERGED,
            subject=trace(keeper.subject, keeper.folder.top, keeper.stat),
            place=shelf.at(name_on_shelf(new_id, keeper.name)),
            parent_mtime_ns=ops.stat(keeper.folder.descriptor).mtime_ns,
            keeper=made,
            rule=RULE,
        )


def _place(shelf: Folder, action: Action, keeper: HeldFile) -> Spot:
    return Spot(shelf, name_on_shelf(action.id, keeper.name))


def _as_it_is_now(action: Action, before: Subject) -> Subject:
    made = action.keeper
    assert made is not None
    file = before.file
    now = ImageFile(file.path, file.root, made.size, made.mtime_ns, file.ctime_ns, made.inode, made.device)
    return Subject(now, made.sha256)
