"""The alias that everything asks for, over an index that carries its number in its name."""

import time
import uuid
from dataclasses import dataclass

from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.stores.search_server.mappings import SCHEMA, index_body, is_ours
from py_image_dedup.stores.search_server.server import SearchServer

WAIT_FOR_SHARDS_S = 30.0


@dataclass(frozen=True, slots=True)
class OpenIndex:
    """The index behind the alias. `generation` is its own among all indexes, also after a snapshot was restored."""

    alias: str
    index: str
    generation: str


def open_alias(server: SearchServer, alias: str, *, create: bool) -> OpenIndex:
    """The index behind `alias`, made where there is none and `create` allows it.

    Raises StoreUnavailable where there is none, or one that this program did not make.
    """
    if not server.aliases(alias):
        _make(server, alias, create=create)
    found = server.aliases(alias)
    if len(found) != 1:
        raise StoreUnavailable(
            f"The alias {alias!r} on {server} stands for {len(found)} indexes ({', '.join(found)}); one is needed."
            " Let it stand for one of them, or choose another name with elasticsearch.index."
        )
    _wait_for_shards(server, found[0])
    return OpenIndex(alias, found[0], _generation(server, alias, found[0]))


def _make(server: SearchServer, alias: str, *, create: bool) -> None:
    mapping = server.mapping(alias)
    if mapping is not None:
        raise StoreUnavailable(
            f"The index {alias!r} on {server} was not made by this version of the program. `migrate` copies it into"
            " a new one and keeps it; or choose another name with elasticsearch.index."
        )
    if not create:
        raise StoreUnavailable(
            f"There is no index {alias!r} on {server}, and elasticsearch.auto_create_index is off. Make it with"
            " `migrate`, switch that setting on, or correct elasticsearch.index."
        )
    body = index_body(uuid.uuid4().hex)
    server.create(next_name(server, alias), {**body, "aliases": {alias: {"is_write_index": True}}})


def next_name(server: SearchServer, alias: str) -> str:
    """The first `ALIAS-vN` that is free."""
    number = 1
    while server.mapping(f"{alias}-v{number}") is not None:
        number += 1
    return f"{alias}-v{number}"


def _generation(server: SearchServer, alias: str, index: str) -> str:
    mapping = server.mapping(index)
    if not is_ours(mapping):
        raise StoreUnavailable(
            f"The index {index!r} behind the alias {alias!r} on {server} was not made by this program. `migrate`"
            " copies it into a new one and keeps it; or choose another name with elasticsearch.index."
        )
    assert mapping is not None
    if mapping["_meta"]["schema"] > SCHEMA:
        raise StoreUnavailable(
            f"The index {index!r} on {server} was made by a newer version of this program. Update this one too."
        )
    return f"{mapping['_meta']['generation']}/{server.index_uuid(index)}"


def _wait_for_shards(server: SearchServer, index: str) -> None:
    """A new index takes a moment until its shard can be asked; a red one is no answer."""
    end = time.monotonic() + WAIT_FOR_SHARDS_S
    while server.health(index)["status"] == "red":
        if time.monotonic() > end:
            raise server.no_answer(f"the index {index!r} is red: a part of it cannot be read")
        time.sleep(0.1)
