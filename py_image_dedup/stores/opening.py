"""Opening the index file: its folder, its journal mode, whether it is sound, its schema."""

import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from urllib.parse import quote

from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.stores.mounts import is_shared
from py_image_dedup.stores.schema import MIGRATIONS, Migration, bring_up_to_date, refuse_what_is_not_ours
from py_image_dedup.stores.trouble import DamagedIndex, answering, is_busy, is_damage, sentence, set_aside

ALWAYS_CHECKED_BYTES = 64 << 20  # quick_check takes about 1 ms a MB: smaller files are checked at each start
WAL_BYTES = 4 << 20  # what is left of a WAL that a long reader let grow, once it is gone: 1,000 pages
CACHE_KIB = 16 * 1024
TRIED_AGAIN_S = 0.01


def open_index(
    path: str, note: Callable[[str], None], busy_timeout_s: float, migrations: Sequence[Migration] = MIGRATIONS
) -> sqlite3.Connection:
    """A connection to a sound index of the present schema. A damaged one is set aside, which `note` hears.

    Raises StoreUnavailable.
    """
    _prepare_folder(path)
    with answering(path, on_damage=lambda error: f"The index {path} cannot be made anew ({error}). Check the disk."):
        try:
            return _connect(path, busy_timeout_s, migrations)
        except (sqlite3.Error, DamagedIndex) as error:
            if not is_damage(error):
                raise
            aside = set_aside(path)
            note(f"The index {path} was damaged ({error}) and was set aside as {aside}. All files are read anew.")
        return _connect(path, busy_timeout_s, migrations)


def is_sound(path: str) -> bool:
    """Whether there is an index that a run can use; False where there is none yet. Only reads.

    Raises DamagedIndex for one that a run would set aside, StoreUnavailable for one that it would refuse.
    """
    try:
        there, at_work = is_there(path), is_there(f"{path}-wal")
    except OSError as error:
        raise StoreUnavailable(
            f"The index {path} cannot be looked at: {error.strerror}. Give permission, or use another state directory."
        ) from error
    if not there:
        return False
    _refuse_what_may_not_be_written(path)
    # Where nobody is at work there is no WAL, and no trace of the look need stay: SQLite would make one to read it.
    how = "mode=ro" if at_work else "immutable=1"
    try:
        with closing(sqlite3.connect(f"file:{quote(path)}?{how}", uri=True)) as connection:
            _check(connection)
            refuse_what_is_not_ours(connection, path)
    except sqlite3.Error as error:
        if is_damage(error):
            raise DamagedIndex(str(error)) from error
        raise StoreUnavailable(sentence(path, error)) from error
    return True


def _connect(path: str, busy_timeout_s: float, migrations: Sequence[Migration]) -> sqlite3.Connection:
    ended_badly = _size(f"{path}-wal") > 0
    connection = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None)
    try:
        if ended_badly or 0 < _size(path) <= ALWAYS_CHECKED_BYTES:
            _check(connection)
        refuse_what_is_not_ours(connection, path)
        _switch_mode(connection, "DELETE" if is_shared(os.path.dirname(path)) else "WAL", busy_timeout_s)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
        bring_up_to_date(connection, path, migrations)
    except BaseException:
        connection.close()
        raise
    return connection


def _switch_mode(connection: sqlite3.Connection, mode: str, timeout_s: float) -> None:
    """SQLite gives up at once where several switch a new file, whatever its timeout: each waits for the others."""
    until = time.monotonic() + timeout_s
    while True:
        try:
            connection.execute(f"PRAGMA journal_mode = {mode}")
            return
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > until:
                raise
        time.sleep(TRIED_AGAIN_S)


def _check(connection: sqlite3.Connection) -> None:
    """A WAL that was left behind tells of a kill or a power cut, or of another process at work."""
    answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if answer != "ok":
        raise DamagedIndex(answer)


def _prepare_folder(path: str) -> None:
    """Make the folder of the index; refuse one that may not be written now, not after the first pictures were read."""
    folder = os.path.dirname(path)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(
            f"The state directory {folder} cannot be made: {error.strerror}. Use another one."
        ) from error
    _refuse_what_may_not_be_written(path)


def _refuse_what_may_not_be_written(path: str) -> None:
    folder = os.path.dirname(path)
    if not _writable(folder, os.W_OK | os.X_OK) or (_size(path) > 0 and not _writable(path, os.R_OK | os.W_OK)):
        raise StoreUnavailable(
            f"The index {path} may not be written. Give write permission on it and its folder, or use another state"
            " directory."
        )


def _writable(path: str, how: int) -> bool:
    return os.access(path, how, effective_ids=os.access in os.supports_effective_ids)


def is_there(path: str) -> bool:
    """Whether there is such a file. Raises OSError where nobody can tell: what cannot be looked at is not absent."""
    try:
        os.stat(path)
    except FileNotFoundError:
        return False
    return True


def _size(path: str) -> int:
    """0 where there is no such file."""
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0
