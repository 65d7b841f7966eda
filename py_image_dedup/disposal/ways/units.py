"""A removal made ready to act on: verified files, held open, each with its action and the place it goes to.

The victim and its companions are one unit: they go together or not at all.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Protocol

from py_image_dedup.disposal.books.actions import Action, Kind, Trace
from py_image_dedup.disposal.volume.held import Folder, HeldFile, Holding, Refusal, has_content, is_below, join
from py_image_dedup.disposal.ways.quarantine import Shelves, name_on_shelf
from py_image_dedup.disposal.ways.verify import Verifier
from py_image_dedup.disposal.work import Work, attributes_of, trace
from py_image_dedup.model.plans import LINK_WAYS, PlannedRemoval, Subject, Way


@dataclass(frozen=True, slots=True)
class Spot:
    """A name in an open folder."""

    folder: Folder
    name: str

    @property
    def path(self) -> str:
        """For people and the journal."""
        return self.folder.at(self.name)


@dataclass(frozen=True, slots=True)
class Note:
    """A small file that is written before the act and goes again if the act does not happen: a trash's record."""

    spot: Spot
    content: bytes


@dataclass(slots=True)
class Piece:
    """One file of a unit. `at` is where it is now, once it was moved."""

    action: Action
    held: HeldFile
    shelf: Spot
    target: Spot | None
    note: Note | None = None
    at: Spot | None = None
    visited: list[Folder] = field(default_factory=list)  # where it has been since, for syncing
    before_ns: int = 0  # mtime of its folder right before the act
    after_ns: int = 0

    @property
    def is_across(self) -> bool:
        """Whether it has to be copied to another volume."""
        return self.action.attributes is not None


@dataclass(slots=True)
class Unit:
    """A removal with everything held that is needed to act."""

    removal: PlannedRemoval
    keeper: HeldFile
    pieces: list[Piece] = field(default_factory=list)

    @property
    def is_across(self) -> bool:
        """Whether any of its files goes to another volume."""
        return any(piece.is_across for piece in self.pieces)

    @property
    def is_alone(self) -> bool:
        """Whether it is acted on by itself, not in a batch of renames."""
        return self.is_across or self.removal.way in LINK_WAYS


class Trash(Protocol):
    """The platform's trash."""

    def spot(self, work: Work, holding: Holding, held: HeldFile, name: str) -> Spot:
        """Where a file goes in the trash of its volume; Refusal where it has none."""
        ...

    def note(self, work: Work, holding: Holding, spot: Spot, held: HeldFile) -> Note:
        """What the trash wants to know of the file."""
        ...


@dataclass(slots=True)
class Preparation:
    """Makes units of removals. `contradicted` gives the reason why a removal contradicts its plan, or None."""

    work: Work
    verifier: Verifier
    shelves: Shelves
    trash: Trash
    contradicted: Callable[[PlannedRemoval], str | None]

    def unit(self, removal: PlannedRemoval, holding: Holding) -> Unit:
        """Verify the keeper and every file that goes; Refusal or OSError if one of them cannot go."""
        if contradiction := self.contradicted(removal):
            raise Refusal(contradiction)
        keeper = self.verifier.keeper(removal.keeper, holding)
        victim = self.verifier.victim(removal.victim, holding)
        companions = () if removal.way in LINK_WAYS else removal.companions  # where the name stays, they stay
        files = [victim, *(self._companion(companion, holding) for companion in companions)]
        if any(held.stat.is_same_file(keeper.stat) for held in files):
            raise Refusal("it is the file to keep under another name")
        unit = Unit(removal, keeper)
        ids = self.work.new_ids()
        first = next(ids)
        for held, new_id in zip(files, chain([first], ids), strict=False):
            unit.pieces.append(self._piece(held, new_id, first, unit, holding))
        return unit

    def _companion(self, companion: Subject, holding: Holding) -> HeldFile:
        try:
            return self.verifier.victim(companion, holding, may_be_empty=True)
        except Refusal as refusal:
            raise Refusal(f"{companion.file.path}, which belongs to it: {refusal}") from refusal

    def _piece(self, held: HeldFile, new_id: str, unit_id: str, unit: Unit, holding: Holding) -> Piece:
        shelf = Spot(self.shelves.for_folder(held.folder, holding), name_on_shelf(new_id, held.name))
        target = self._destination(held, unit.removal, new_id, holding)
        across = target is not None and target.folder.volume != held.folder.volume
        action = Action(
            id=new_id,
            run_id=self.work.run_id,
            plan_id=self.work.plan_id,
            unit=unit_id,
            kind=Kind.FILE,
            way=unit.removal.way,
            subject=trace(held.subject, held.folder.top, held.stat),
            place=shelf.path,
            parent_mtime_ns=self.work.ops.stat(held.folder.descriptor).mtime_ns,
            keeper=trace(unit.keeper.subject, unit.keeper.folder.top, unit.keeper.stat),
            target=target.path if target else None,
            target_base=target.folder.top if target else None,
            relation=unit.removal.relation.value,
            rule=unit.removal.rule,
            attributes=attributes_of(self.work.ops, held.descriptor) if across else None,
        )
        note = self.trash.note(self.work, holding, target, held) if target and unit.removal.way is Way.TRASH else None
        return Piece(action, held, shelf, target, note)

    def _destination(self, held: HeldFile, removal: PlannedRemoval, new_id: str, holding: Holding) -> Spot | None:
        """Where the file goes if not onto the shelf."""
        if removal.way is Way.TARGET:
            return self._target(held, removal, holding)
        if removal.way is Way.TRASH:
            return self.trash.spot(self.work, holding, held, name_on_shelf(new_id, held.name))
        return None

    def _target(self, held: HeldFile, removal: PlannedRemoval, holding: Holding) -> Spot | None:
        """Where the user wants the file; None if the same bytes are there already (then it is put aside)."""
        base = target_base(removal)
        path = join(base, held.subject.file.path.lstrip("/")) if held.subject != removal.victim else removal.target
        assert path is not None
        try:
            top = holding.top(base)
        except FileNotFoundError as error:
            raise Refusal(f"the target directory {base} is not there") from error
        folder = self.work.make_folders(holding, top, os.path.dirname(path)[len(base.rstrip("/")) + 1 :])
        spot = Spot(folder, os.path.basename(path))
        there = self.work.ops.stat_name(folder.descriptor, spot.name)
        if there is None:
            return spot
        if there.size == held.stat.size and has_content(self.work.ops, folder, spot.name, held.subject.sha256):
            return None
        raise Refusal(f"another file stands at {path}")


def target_base(removal: PlannedRemoval) -> str:
    """The target directory itself: a target is that directory followed by the file's absolute path."""
    path, victim = removal.target, removal.victim.file.path
    if path is None or not path.startswith("/"):
        raise Refusal("the plan names no absolute target for it")
    base = path.removesuffix(victim) if path.endswith(victim) else os.path.dirname(path)
    return base or "/"


def planned_actions(work: Work, removal: PlannedRemoval, roots: tuple[str, ...]) -> Iterator[Action]:
    """What is noted of a removal that was not begun: its files as the plan knew them."""
    unit_id = ""
    for subject in (removal.victim, *removal.companions):
        new_id = work.new_id()
        unit_id = unit_id or new_id
        yield Action(
            id=new_id,
            run_id=work.run_id,
            plan_id=work.plan_id,
            unit=unit_id,
            kind=Kind.FILE,
            way=removal.way,
            subject=_planned_trace(subject, roots),
            place="",
            parent_mtime_ns=0,
            keeper=_planned_trace(removal.keeper, roots),
            target=removal.target,
            relation=removal.relation.value,
            rule=removal.rule,
        )


def _planned_trace(subject: Subject, roots: tuple[str, ...]) -> Trace:
    file = subject.file
    root = max((top for top in roots if is_below(file.path, top)), key=len, default="")
    return Trace(file.path, root, file.device, file.inode, file.size, file.mtime_ns, subject.sha256)
