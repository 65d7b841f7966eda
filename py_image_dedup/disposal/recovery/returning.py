"""What resume does with one file once it is known where it is: finish, put back, or say that nothing was begun."""

from py_image_dedup.disposal.books.actions import Event, State
from py_image_dedup.disposal.volume.held import Holding
from py_image_dedup.disposal.volume.renames import give_back_anyhow
from py_image_dedup.disposal.ways.copying import withdraw
from py_image_dedup.disposal.ways.finding import Found
from py_image_dedup.disposal.ways.trash import drop_info
from py_image_dedup.disposal.work import Work
from py_image_dedup.model.plans import Way


def arrived(work: Work, one: Found) -> Event:
    """It is where it was to go: durable at both ends before the journal says so."""
    assert one.arrived is not None
    work.ops.sync(one.arrived.folder.descriptor)
    if one.home:
        work.ops.sync(one.home.folder.descriptor)
    return Event(one.action.id, State.MOVED, one.arrived.path, "its removal was interrupted and is finished now")


def put_back(work: Work, one: Found, state: State = State.EXPIRED) -> Event:
    """It does not go: what went comes back. Without its folder it stays where it is, on record."""
    away = one.stranger or one.on_shelf or (None if one.action.attributes else one.at_target)
    if away is None or (one.is_at_home and away is not one.stranger):
        return not_begun(work, one, state)
    if one.home is None:
        return Event(one.action.id, State.MOVED, away.path, "its folder is gone; it stays put aside")
    home = one.home
    name = give_back_anyhow(work.ops, away.folder, away.name, home.folder, home.name, one.action.id)
    work.ops.sync(home.folder.descriptor)
    work.ops.sync(away.folder.descriptor)
    withdraw_copy(work, one)
    _drop_info(work, one)
    return Event(one.action.id, state, home.folder.at(name), f"its removal was interrupted; it is back as {name}")


def not_begun(work: Work, one: Found, state: State) -> Event:
    """Nothing of it is away: the event says what stands at its name."""
    _drop_info(work, one)
    if one.is_at_home:
        withdraw_copy(work, one)
        return Event(one.action.id, state)
    if one.is_home_taken:
        return Event(one.action.id, state, "", "its removal was interrupted, and another file has its name now")
    return Event(
        one.action.id,
        State.LOST_TRACK,
        "",
        "its removal was interrupted and it is neither where it was nor where it was to go: another program moved it",
    )


def withdraw_copy(work: Work, one: Found) -> None:
    """A copy that this program made and verified, of a file that is where it was, goes again."""
    if one.action.attributes and one.at_target and one.entry.state is State.COPIED:
        spot = one.at_target
        descriptor = work.ops.open_file(spot.folder.descriptor, spot.name)
        try:
            withdraw(work.ops, spot, descriptor, one.action.id)
        finally:
            work.ops.close(descriptor)


def _drop_info(work: Work, one: Found) -> None:
    """A trash keeps no record of what is not in it."""
    if one.action.way is Way.TRASH:
        with Holding(work.ops) as holding:
            drop_info(work.ops, holding, one.action)
