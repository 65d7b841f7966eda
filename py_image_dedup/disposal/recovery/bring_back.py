"""How one file or folder returns to where it was: by rename, across volumes by verified copy; never over another."""

from collections.abc import Callable

from py_image_dedup.disposal.books.actions import Action
from py_image_dedup.disposal.volume.held import Folder, HeldFile, Holding, Refusal
from py_image_dedup.disposal.volume.renames import give_back, restored_name, take_to_own_name
from py_image_dedup.disposal.ways.copying import apply_attributes, name_part, part_of, withdraw, write_part
from py_image_dedup.disposal.ways.linked import is_linked, link_spot
from py_image_dedup.disposal.ways.trash import drop_info
from py_image_dedup.disposal.ways.units import Spot
from py_image_dedup.disposal.work import Work
from py_image_dedup.model.plans import Way


def bring_back_file(work: Work, holding: Holding, home: Folder, source: HeldFile, action: Action, name: str) -> str:
    """Back to `name`, or a restored name where that is taken; gives the name. Refusal if both are taken."""
    if home.volume != source.folder.volume:
        return _copy_back(work, holding, home, source, action, name)
    link = _take_link_away(work, home, action, name)
    name = _first_free(action, name, lambda free: give_back(work.ops, source.folder, source.name, home, free))
    if link:
        work.ops.sync(home.descriptor)  # one of the two has the name, whatever a power loss takes
        work.ops.unlink(link.folder.descriptor, link.name)
    if action.way is Way.TRASH:
        drop_info(work.ops, holding, action)
    return name


def _take_link_away(work: Work, home: Folder, action: Action, name: str) -> Spot | None:
    """Where this run left a link, it gives the name free; whatever else has the name keeps it."""
    link = link_spot(home, action)
    if not is_linked(work.ops, action, Spot(home, name)):
        return None
    take_to_own_name(work.ops, home, name, link.name)
    if is_linked(work.ops, action, link):
        return link
    give_back(work.ops, link.folder, link.name, home, name)
    return None


def bring_back_folder(work: Work, holding: Holding, home: Folder, action: Action, name: str) -> str:
    """Make a removed folder again, with mode, owner, attributes and time; one that is there already is left alone."""
    try:
        work.ops.mkdir(home.descriptor, name, 0o700)
    except FileExistsError:
        return name
    descriptor = holding.keep(work.ops.open_folder(home.descriptor, name))
    assert action.attributes is not None  # every folder that goes has them on record
    apply_attributes(work.ops, descriptor, action.attributes)
    work.ops.sync(descriptor)
    return name


def _first_free(action: Action, name: str, place: Callable[[str], None]) -> str:
    for free in (name, restored_name(name, action.id)):
        try:
            place(free)
        except FileExistsError:
            continue
        return free
    raise Refusal(f"{name} is taken, and so is {restored_name(name, action.id)}")


def _copy_back(work: Work, holding: Holding, home: Folder, source: HeldFile, action: Action, name: str) -> str:
    """From another volume: a verified copy gets the name, then what it was copied from goes."""
    part = part_of(home, action.id)
    descriptor = holding.keep(write_part(work.ops, source, part, action.attributes))
    try:
        name = _first_free(action, name, lambda free: name_part(work.ops, part, Spot(home, free)))
    except BaseException:
        work.ops.unlink(part.folder.descriptor, part.name)
        raise
    there = work.ops.stat_name(home.descriptor, name)
    if there is not None and there.is_same_file(work.ops.stat(descriptor)):
        withdraw(work.ops, Spot(source.folder, source.name), source.descriptor, action.id)
    return name
