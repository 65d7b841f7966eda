"""Settings made into what looks after the index: its examination."""

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

from py_image_dedup.model.errors import DedupError
from py_image_dedup.model.findings import Finding, Grade
from py_image_dedup.settings.settings import Settings
from py_image_dedup.stores.registry import store_class
from py_image_dedup.wiring import INDEX_FILE, _server


def examine(settings: Settings) -> Iterator[Finding]:
    """What a run will find: the state directory, then the index, embedded or on a server. Changes nothing there."""
    yield _state(settings)
    if settings.store == "elasticsearch":
        yield from _examine_server(settings)
    elif settings.store == "sqlite":
        yield _embedded(settings)


def _state(settings: Settings) -> Finding:
    folder = settings.state.directory
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as error:
        return Finding("state", Grade.FAILING, f"{folder} cannot be made ({error.strerror}); use another --state.")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Finding("state", Grade.FAILING, f"{folder} may not be written; give permission, or use another --state.")
    return Finding("state", Grade.FINE, f"{folder} can be written.")


def _embedded(settings: Settings) -> Finding:
    """Opened as a run opens it."""
    notes: list[str] = []
    try:
        with closing(store_class("sqlite")(os.path.join(settings.state.directory, INDEX_FILE), note=notes.append)):
            pass
    except DedupError as error:
        return Finding("index", Grade.FAILING, str(error))
    if notes:
        return Finding("index", Grade.ATTENTION, notes[0])
    return Finding("index", Grade.FINE, f"The embedded index in {settings.state.directory} is sound.")


def _examine_server(settings: Settings) -> Iterator[Finding]:
    from py_image_dedup.stores.elasticsearch import OUTBOX_FILE
    from py_image_dedup.stores.search_server.examination import Examination, examine_outbox
    from py_image_dedup.stores.search_server.server import open_server

    choice = _server(settings.elasticsearch)
    yield examine_outbox(os.path.join(settings.state.directory, OUTBOX_FILE))
    try:
        server = open_server(replace(choice.address(), start_timeout_s=0.0), patience_s=0.0)
    except DedupError as error:
        yield Finding("server", Grade.FAILING, str(error))
        return
    with closing(server):
        yield from Examination(server, choice.index, choice.auto_create_index).findings()
