"""Records of a library that lies at another path than when they were written: read as they would be written now."""

import os
from collections.abc import Sequence
from dataclasses import replace

from py_image_dedup.disposal.books.actions import Action, Trace
from py_image_dedup.disposal.volume.held import Holding
from py_image_dedup.model.places import QUARANTINE_NAME


def as_it_lies(actions: Sequence[Action], shelf: str, holding: Holding) -> list[Action]:
    """The records of the shelf (folder of a run in a quarantine) at `shelf`, with paths that are there.

    Only where the folder that held the quarantine is not there any more: of two copies of a library the one that the
    records were written for is meant.
    """
    tail = os.path.join("", QUARANTINE_NAME, os.path.basename(shelf))
    now = shelf[: -len(tail) - 1]
    shelves = {os.path.dirname(action.place) for action in actions if action.place}
    for was in sorted(there[: -len(tail) - 1] for there in shelves if there.endswith(os.sep + tail)):
        if was != now and _is_gone(was, holding):
            return [_moved(action, was, now) for action in actions]
    return list(actions)


def _is_gone(path: str, holding: Holding) -> bool:
    try:
        holding.top(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    return False


def _moved(action: Action, was: str, now: str) -> Action:
    keeper = None if action.keeper is None else _moved_trace(action.keeper, was, now)
    place = _moved_path(action.place, was, now)
    return replace(action, subject=_moved_trace(action.subject, was, now), place=place, keeper=keeper)


def _moved_trace(trace: Trace, was: str, now: str) -> Trace:
    return trace._replace(path=_moved_path(trace.path, was, now), root=_moved_path(trace.root, was, now))


def _moved_path(path: str, was: str, now: str) -> str:
    return now + path[len(was) :] if path == was or path.startswith(was + os.sep) else path
