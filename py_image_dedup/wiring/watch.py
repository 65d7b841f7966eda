"""Settings made into what the daemon needs beside a Deduplicator: its lock, its view of the roots, figures to tell."""

import os
import sqlite3
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from urllib.parse import quote

from py_image_dedup.disposal.books.journal import NAME as JOURNAL_FILE
from py_image_dedup.disposal.books.locks import StateLock
from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.model.files import Walk
from py_image_dedup.model.findings import Backlog
from py_image_dedup.model.places import is_own_name
from py_image_dedup.settings.settings import Settings
from py_image_dedup.stores.mounts import is_shared_kind, mounts_at_and_below
from py_image_dedup.walking.selection import Selection
from py_image_dedup.walking.walk import walk
from py_image_dedup.wiring import INDEX_FILE
from py_image_dedup.wiring.clock import SystemClock
from py_image_dedup.wiring.reading import selection_of

DAEMON_LOCK = "daemon.lock"


@dataclass(frozen=True, slots=True)
class Mounted:
    """A file system at or below a root; `shared` where others may write to it without this kernel knowing."""

    point: str
    kind: str
    shared: bool


@dataclass(frozen=True, slots=True)
class Outlook:
    """How the daemon sees the roots: by the same rules as a run."""

    selection: Selection
    ours: tuple[str, ...]  # folders of the program's own, with a slash at the end

    def counts(self, path: str) -> bool:
        """Whether a file of this path may count; by its name alone."""
        folder, name = os.path.split(path)
        selected = self.selection.excluded_by(path) is None and self.selection.name_against(name) is None
        return selected and self.enters(folder)

    def enters(self, folder: str) -> bool:
        """Whether the walk enters a folder of this path."""
        return not any(map(is_own_name, folder.split("/"))) and not f"{folder}/".startswith(self.ours)

    def walk(self, root: str) -> Walk:
        """Everything below one root."""
        return walk([root], self.selection)

    def mounts(self, root: str) -> list[Mounted]:
        """The file system that holds the root, then those below it."""
        return [Mounted(point, kind, is_shared_kind(kind)) for point, kind in mounts_at_and_below(root)]


def outlook(settings: Settings) -> Outlook:
    """The daemon's view of the roots."""
    selection = selection_of(settings)
    return Outlook(selection, tuple(f"{folder}/" for folder in selection.excluded_directories))


def daemon_lock(settings: Settings) -> AbstractContextManager[object]:
    """Held as long as a daemon lives, apart from the lock of a run: `undo` works beside an idle daemon."""
    os.makedirs(settings.state.directory, mode=0o700, exist_ok=True)
    return StateLock(os.path.join(settings.state.directory, DAEMON_LOCK), SystemClock())


def own_databases(settings: Settings) -> dict[str, str]:
    """The database files of the state directory, by what they are."""
    files = {"journal": JOURNAL_FILE} | ({"index": INDEX_FILE} if settings.store == "sqlite" else {})
    return {name: os.path.join(settings.state.directory, file) for name, file in files.items()}


def waiting_for_the_server(settings: Settings) -> Backlog | None:
    """What a search server has not acknowledged; None where that cannot be read. Nothing for an embedded index."""
    if settings.store != "elasticsearch":
        return Backlog()
    from py_image_dedup.stores.search_server.backlog import OUTBOX_FILE, backlog

    try:
        return backlog(os.path.join(settings.state.directory, OUTBOX_FILE))
    except StoreUnavailable:
        return None


def database_trouble(path: str) -> str | None:
    """Why a database cannot be read right now, None where it can. A damaged head shows as the schema is read."""
    try:
        with closing(sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, timeout=1.0)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        return str(error)
    return None
