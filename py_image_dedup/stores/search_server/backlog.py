"""What waits in the outbox, seen from outside: asked beside a run, without opening the store or the server."""

import sqlite3
import time
from contextlib import closing
from urllib.parse import quote

from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.model.findings import Backlog

OUTBOX_FILE = "outbox.sqlite"


def backlog(path: str) -> Backlog:
    """The backlog of the outbox at `path`; nothing where there is none yet. Changes nothing.

    Raises StoreUnavailable where it cannot be read. A change's number is the time it was made, in nanoseconds.
    """
    try:
        with closing(sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, timeout=1.0)) as connection:
            changes, oldest = connection.execute("SELECT count(*), min(change) FROM changes").fetchone()
    except sqlite3.Error as error:
        if _is_missing(path):
            return Backlog()
        raise StoreUnavailable(
            f"The outbox {path} cannot be read ({error}); the next run sets it aside, and reads again what it held."
        ) from error
    return Backlog(changes, max(0.0, (time.time_ns() - oldest) / 1e9) if changes else 0.0)


def _is_missing(path: str) -> bool:
    try:
        with open(path, "rb"):
            return False
    except FileNotFoundError:
        return True
    except OSError:
        return False
