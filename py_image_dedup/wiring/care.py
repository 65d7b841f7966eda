"""Settings made into what looks after the index: its examination, the copy of an older one, export and import."""

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.model.errors import DedupError, SettingsError
from py_image_dedup.model.findings import Finding, Grade
from py_image_dedup.model.listeners import Silence
from py_image_dedup.settings.settings import Settings
from py_image_dedup.wiring import INDEX_FILE
from py_image_dedup.wiring.clock import SystemClock
from py_image_dedup.wiring.index import server_choice, store_for

if TYPE_CHECKING:
    from py_image_dedup.phases.join import NearPair
    from py_image_dedup.stores.search_server.indexes import Opening

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Migration:
    """A copy of an index of an older version: what was read, and what became of it. `target` None: not begun."""

    source: str
    alias: str
    documents: int
    target: str | None = None
    taken: int = 0
    repeated: int = 0
    passed_over: int = 0


def examine(settings: Settings) -> Iterator[Finding]:
    """What a run will find: the state directory, then the index, embedded or on a server. Changes nothing there."""
    yield _state(settings)
    if settings.store == "elasticsearch":
        yield from _examine_server(settings)
    elif settings.store == "sqlite":
        yield _embedded(settings)


def _state(settings: Settings) -> Finding:
    folder = os.path.abspath(settings.state.directory)
    there = folder
    while not os.path.lexists(there):
        there = os.path.dirname(there)
    if not os.path.isdir(there):
        return Finding("state", Grade.FAILING, f"{there} is no folder; use another --state.")
    if not os.access(there, os.R_OK | os.W_OK | os.X_OK):
        return Finding("state", Grade.FAILING, f"{there} may not be written; give permission, or use another --state.")
    told = "can be written" if there == folder else "is not there yet; the next run makes it"
    return Finding("state", Grade.FINE, f"{folder} {told}.")


def _embedded(settings: Settings) -> Finding:
    from py_image_dedup.stores.opening import is_sound
    from py_image_dedup.stores.trouble import DamagedIndex

    folder = settings.state.directory
    try:
        there = is_sound(os.path.join(folder, INDEX_FILE))
    except DamagedIndex as damage:
        told = f"The index in {folder} is damaged ({damage}); the next run sets it aside and reads all files anew."
        return Finding("index", Grade.ATTENTION, told)
    except DedupError as error:
        return Finding("index", Grade.FAILING, str(error))
    told = f"The embedded index in {folder} is sound." if there else f"There is none in {folder} yet; a run makes it."
    return Finding("index", Grade.FINE, told)


def _examine_server(settings: Settings) -> Iterator[Finding]:
    from py_image_dedup.stores.search_server.backlog import OUTBOX_FILE
    from py_image_dedup.stores.search_server.examination import Examination, examine_outbox
    from py_image_dedup.stores.search_server.server import open_server

    choice = server_choice(settings.elasticsearch)
    yield examine_outbox(os.path.join(settings.state.directory, OUTBOX_FILE))
    try:
        server = open_server(replace(choice.address(), start_timeout_s=0.0), patience_s=0.0)
    except DedupError as error:
        yield Finding("server", Grade.FAILING, str(error))
        return
    with closing(server):
        yield from Examination(server, choice.index, choice.auto_create_index).findings()


def migrate(settings: Settings, note: Note, *, act: bool) -> Migration | None:
    """Copy the index of an older version and let the alias stand for the copy; with `act` false only say what is there.

    None where there is no such index. Raises SettingsError where the index is not on a server, StoreUnavailable.
    """
    if settings.store != "elasticsearch":
        raise SettingsError(["The index is not on a search server (set elasticsearch.host): there is nothing to copy."])
    with _opening(settings, note) as opening:
        source, alias = opening.older(settings.elasticsearch.index)
        if source is None:
            return None
        found = Migration(source, alias, opening.server.count(source))
        done = opening.migrate(settings.elasticsearch.index) if act else None
        if done is None:
            return found
        return replace(
            found, target=done.target, taken=done.taken, repeated=done.repeated, passed_over=done.passed_over
        )


@contextmanager
def _opening(settings: Settings, note: Note) -> Iterator["Opening"]:
    from py_image_dedup.stores.search_server.backlog import OUTBOX_FILE
    from py_image_dedup.stores.search_server.indexes import Opening
    from py_image_dedup.stores.search_server.outbox import Outbox
    from py_image_dedup.stores.search_server.server import open_server

    choice = server_choice(settings.elasticsearch)
    with ExitStack() as at_end:
        server = at_end.enter_context(closing(open_server(choice.address())))
        outbox = at_end.enter_context(closing(Outbox(os.path.join(settings.state.directory, OUTBOX_FILE), note)))
        library = choice.library or outbox.library()
        yield Opening(server, library, socket.gethostname(), choice.auto_create_index, note)


@dataclass(frozen=True, slots=True)
class _Notes(Silence):
    """Hears the store's notes alone."""

    note: Note

    def noted(self, text: str) -> None:
        """A sentence for the user."""
        self.note(text)


def back_up_state(settings: Settings, directory: str) -> list[str]:
    """Copy journal, index and verdicts into a new folder; the names of the files."""
    from py_image_dedup.stores.backup import back_up

    return back_up(settings.state.directory, directory)


def export_records(settings: Settings, path: str, roots: Sequence[str], note: Note) -> int:
    """Write the records below `roots` to a new Parquet file; how many there were."""
    from py_image_dedup.stores.parquet import write_records

    with closing(store_for(settings, _Notes(note))) as store:
        return write_records(path, store.under(roots))


def import_records(settings: Settings, path: str, note: Note) -> int:
    """Put the records of a Parquet file into the index, all of a batch or none; how many there were."""
    from py_image_dedup.stores.parquet import ROWS_AT_ONCE, read_records

    with (
        Disposal(settings.state.directory, SystemClock()).locked(),
        closing(store_for(settings, _Notes(note))) as store,
    ):
        records, taken = read_records(path), 0
        while batch := list(islice(records, ROWS_AT_ONCE)):
            store.put_many(batch)
            taken += len(batch)
    return taken


def join_exports(files: Sequence[str], cluster: str | None) -> Iterator["NearPair"]:
    """All pairs of near pictures in exported records, found here or by a Dask cluster that sees the files."""
    from py_image_dedup.analysis.cluster import done_on
    from py_image_dedup.phases.join import blocks, join

    found = map(join, blocks(files)) if cluster is None else done_on(cluster, join, blocks(files))
    for pairs in found:
        yield from pairs
