"""The alias that everything asks for, over an index that carries its number in its name."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.stores.search_server.mappings import SCHEMA, additions, index_body, is_ours
from py_image_dedup.stores.search_server.migrate import Migrated, copy_older
from py_image_dedup.stores.search_server.older import is_older
from py_image_dedup.stores.search_server.server import SearchServer

WAIT_FOR_SHARDS_S = 30.0


@dataclass(frozen=True, slots=True)
class OpenIndex:
    """The index behind the alias. `generation` is its own among all indexes, also after a snapshot was restored."""

    alias: str
    index: str
    generation: str
    older: str  # the index it was copied from, ""


@dataclass(frozen=True, slots=True)
class Opening:
    """How an index is opened. Documents of an older index become those of `library` on `host`; `note` hears of it."""

    server: SearchServer
    library: str
    host: str
    create: bool
    note: Callable[[str], None]

    def open(self, name: str) -> OpenIndex:
        """The index behind the alias `name`, made where there is none.

        An index of an older version is copied once: where it has the name itself, the alias is `NAME-current`. Raises
        StoreUnavailable where there is no index and `create` is off, or one of another program.
        """
        self.migrate(name)
        _, alias = self.older(name)
        if not self.server.aliases(alias):
            self._make(alias)
        index = self._only_index(alias)
        _wait_for_shards(self.server, index)
        return self._described(alias, index)

    def older(self, name: str) -> tuple[str | None, str]:
        """The index of an older version that is to be copied, None where there is none; and the alias in its place."""
        server = self.server
        behind = server.aliases(name)
        if not behind and is_older(server.mapping(name)):
            alias = f"{name}-current"
            return None if server.aliases(alias) else name, alias
        return (behind[0] if len(behind) == 1 and is_older(server.mapping(behind[0])) else None), name

    def migrate(self, name: str) -> Migrated | None:
        """Copy the index of an older version behind `name`; None where there is none. Interrupted, it goes on."""
        older, alias = self.older(name)
        return None if older is None else self._migrate(older, alias)

    def _only_index(self, alias: str) -> str:
        found = self.server.aliases(alias)
        if len(found) != 1:
            raise StoreUnavailable(
                f"The alias {alias!r} on {self.server} stands for {len(found)} indexes ({', '.join(found)}); one is"
                " needed. Let it stand for one of them, or choose another name with elasticsearch.index."
            )
        return found[0]

    def _make(self, alias: str) -> None:
        if self.server.mapping(alias) is not None:
            raise self._not_ours(alias)
        if not self.create:
            raise StoreUnavailable(
                f"There is no index {alias!r} on {self.server}, and elasticsearch.auto_create_index is off. Switch that"
                " setting on for the first start, or correct elasticsearch.index."
            )
        body = index_body(uuid.uuid4().hex)
        self.server.create(self._free_name(alias), {**body, "aliases": {alias: {"is_write_index": True}}})

    def _migrate(self, older: str, alias: str) -> Migrated:
        """Copy, then let the alias stand for the copy; at once also for those who ask meanwhile."""
        target = self._free_name(alias, older)
        done = copy_older(self.server, older, target, self.library, self.host, self.note)
        leave = [{"remove": {"index": index, "alias": alias}} for index in self.server.aliases(alias)]
        self.server.change_aliases([*leave, {"add": {"index": target, "alias": alias, "is_write_index": True}}])
        self.note(
            f"The index {older!r} of an older version was copied into {target!r}, which stands behind {alias!r}:"
            f" {done.taken:,} documents taken, {done.repeated:,} repeated, {done.passed_over:,} passed over."
            f" {older!r} was not changed and may be deleted."
        )
        return done

    def _free_name(self, alias: str, older: str = "") -> str:
        """The first `ALIAS-vN` that is free, or that an interrupted copy of `older` has begun."""
        number = 1
        while (mapping := self.server.mapping(f"{alias}-v{number}")) is not None:
            if older and mapping.get("_meta", {}).get("older") == older:
                break
            number += 1
        return f"{alias}-v{number}"

    def _described(self, alias: str, index: str) -> OpenIndex:
        mapping = self.server.mapping(index)
        if mapping is None or not is_ours(mapping):
            raise self._not_ours(index)
        meta = mapping["_meta"]
        if meta["schema"] > SCHEMA:
            raise StoreUnavailable(
                f"The index {index!r} on {self.server} was made by a newer version of this program. Update this one."
            )
        if meta["schema"] < SCHEMA:
            self._extend(index, meta)
        generation = f"{meta['generation']}/{self.server.index_uuid(index)}"
        return OpenIndex(alias, index, generation, meta.get("older", ""))

    def _extend(self, index: str, meta: dict[str, Any]) -> None:
        try:
            self.server.add_fields(index, additions(meta))
        except StoreUnavailable as error:
            raise StoreUnavailable(
                f"The index {index!r} lacks fields that this version writes, and they could not be added. {error} The"
                " user needs the right `manage` for one start."
            ) from error

    def _not_ours(self, index: str) -> StoreUnavailable:
        return StoreUnavailable(
            f"The index {index!r} on {self.server} was not made by this program and is not touched. Choose another"
            " name with elasticsearch.index."
        )


def _wait_for_shards(server: SearchServer, index: str) -> None:
    """A new index takes a moment until its shard can be asked; a red one is no answer."""
    end = time.monotonic() + WAIT_FOR_SHARDS_S
    while server.health(index)["status"] == "red":
        if time.monotonic() > end:
            raise server.no_answer(f"the index {index!r} is red: a part of it cannot be read")
        time.sleep(0.1)
