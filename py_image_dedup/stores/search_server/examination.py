"""`doctor`'s questions to a search server: each is asked, whatever the others' answers are. Nothing is changed."""

import importlib.metadata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from py_image_dedup.model.errors import DedupError, StoreUnavailable
from py_image_dedup.model.findings import Finding, Grade
from py_image_dedup.stores.search_server.backlog import backlog
from py_image_dedup.stores.search_server.connection import Refused
from py_image_dedup.stores.search_server.disks import fullest, watermarks
from py_image_dedup.stores.search_server.mappings import SCHEMA, index_body, is_ours
from py_image_dedup.stores.search_server.older import is_older
from py_image_dedup.stores.search_server.server import SearchServer

CLIENTS = {"elasticsearch": "elasticsearch", "opensearch": "opensearch-py"}
DAILY = ("read", "write", "view_index_metadata", "maintenance")
SETTING_UP = ("create_index", "manage")  # where the index is made, or copied from an older one
LONG_S = 3600.0  # a change that waits so long tells of trouble that does not pass
MANY_DOCUMENTS, FEW = 1_000_000, 3  # below, the program searches by itself

Answer = tuple[Grade, str]


@dataclass(frozen=True, slots=True)
class Examination:
    """What is asked, of one alias; `create`: whether a missing index is made by the next run."""

    server: SearchServer
    alias: str
    create: bool

    def findings(self) -> Iterator[Finding]:
        """One finding a question."""
        questions: list[tuple[str, Callable[[], Answer]]] = [
            ("server", self._identity),
            ("rights", self._rights),
            ("index", self._index),
            ("mapping", self._mapping),
            ("shards", self._shards),
            ("segments", self._segments),
            ("disk", self._disk),
        ]
        for question, ask in questions:
            yield Finding(question, *_answered(ask))

    def _identity(self) -> Answer:
        package = CLIENTS[self.server.kind]
        return Grade.FINE, f"{self.server}, asked over {package} {importlib.metadata.version(package)}."

    def _rights(self) -> Answer:
        """Elasticsearch says which rights are missing; OpenSearch only refuses, which the other questions show."""
        if self.server.kind != "elasticsearch":
            return Grade.FINE, "What the other questions need is allowed; OpenSearch lists no rights."
        try:
            answer = self.server.ask("POST", "/_security/user/_has_privileges", self._asked_rights())
        except Refused as refusal:
            if refusal.status in {400, 404, 405, 500}:
                return Grade.FINE, "The server restricts nobody: its security is off."
            raise
        missing = _missing(answer)
        if not missing:
            return Grade.FINE, f"{answer['username']} has all that is needed."
        daily = [right for right in missing if right not in SETTING_UP]
        if not daily and self._there():
            return Grade.FINE, f"{answer['username']} has all that daily work needs (and not {' and '.join(missing)})."
        return Grade.FAILING, (
            f"{answer['username']} lacks {', '.join(missing)} on {self.alias}*; give the user the role of"
            " docs/elasticsearch.md."
        )

    def _asked_rights(self) -> dict[str, Any]:
        names = [self.alias, f"{self.alias}-*"]
        return {"cluster": ["monitor"], "index": [{"names": names, "privileges": [*DAILY, *SETTING_UP]}]}

    def _index(self) -> Answer:
        found = self._behind()
        if len(found) > 1:
            return Grade.FAILING, (
                f"{self.alias!r} stands for {len(found)} indexes ({', '.join(found)}); let it stand for one of them."
            )
        if found:
            return Grade.FINE, f"{self.alias!r} stands for {found[0]!r}."
        if self._older():
            return Grade.ATTENTION, (
                f"{self.alias!r} is of an older version; `py-image-dedup migrate` or the next run copies it."
            )
        if self.server.mapping(self.alias) is not None:
            return Grade.FAILING, (
                f"{self.alias!r} is no alias of this program; choose another name with elasticsearch.index."
            )
        if self.create:
            return Grade.FINE, f"There is no {self.alias!r} yet; the next run makes it."
        return Grade.FAILING, f"There is no {self.alias!r}, and elasticsearch.auto_create_index is off."

    def _mapping(self) -> Answer:
        if not self._there():
            return Grade.FINE, "There is no index to look at."
        index = self._behind()[0]
        mapping = self.server.mapping(index)
        if is_older(mapping):
            return (
                Grade.ATTENTION,
                f"{index!r} is of an older version; `py-image-dedup migrate` or the next run copies it.",
            )
        if mapping is None or not is_ours(mapping):
            return Grade.FAILING, f"{index!r} was not made by this program; choose another name."
        if mapping["_meta"]["schema"] > SCHEMA:
            return Grade.FAILING, f"{index!r} was made by a newer version of this program; update this one."
        schema, made = mapping["_meta"]["schema"], index_body("")["mappings"]["properties"]
        if schema < SCHEMA:
            made = {name: field for name, field in made.items() if name in mapping["properties"]}
        differing = _differing(mapping["properties"], made)
        if differing:
            return Grade.FAILING, (
                f"{index!r} has other fields than this program made ({', '.join(differing[:5])}); delete it, and the"
                " next run reads the files again."
            )
        if schema < SCHEMA:
            return Grade.ATTENTION, f"{index!r} is of schema {schema}; the next run adds what {SCHEMA} has more."
        return Grade.FINE, f"{index!r} is of schema {schema}."

    def _shards(self) -> Answer:
        if not self._there():
            return Grade.FINE, "There is no index to look at."
        health = self.server.health(self._behind()[0])
        status, missing = health["status"], health["unassigned_shards"]
        if status == "red":
            return Grade.FAILING, f"A part of the index cannot be read ({missing} shards have no node)."
        if status == "yellow":
            return Grade.ATTENTION, f"All of it can be read, but {missing} replicas have no node."
        return Grade.FINE, "All of them are in place."

    def _segments(self) -> Answer:
        """Each search looks its words up in every segment: nine take three times as long as one."""
        if not self._there():
            return Grade.FINE, "There is no index to look at."
        index = self._behind()[0]
        try:
            found = self.server.ask("GET", f"/{index}/_stats/docs,segments")["indices"][index]["primaries"]
        except StoreUnavailable as error:
            return Grade.FINE, f"They could not be counted, which no run needs ({error})."
        count, documents = int(found["segments"]["count"]), int(found["docs"]["count"])
        if documents < MANY_DOCUMENTS or count <= FEW:
            return Grade.FINE, f"{documents:,} documents in {count}."
        return Grade.FINE, (
            f"{documents:,} documents in {count}; searches get quicker by POST /{index}/_forcemerge?max_num_segments=1"
            " once, after the first run."
        )

    def _disk(self) -> Answer:
        if self._there() and self._is_blocked():
            return Grade.FAILING, "The server has closed the index for writing, as its disk is full; make space there."
        low, flood = watermarks(self.server)
        disk = fullest(self.server)
        if disk is None or flood is None:
            return Grade.FINE, "The server watches no disk."
        said = f"The fullest disk of the server is {100 * disk.used:.0f} % full, {disk.free / 2**30:.1f} GiB free"
        if disk.beyond(flood):
            return Grade.FAILING, f"{said}: it stops writing. Make space there."
        if low is not None and disk.beyond(low):
            return Grade.ATTENTION, f"{said}: it takes no new shards, and will stop writing. Make space there."
        return Grade.FINE, f"{said}."

    def _is_blocked(self) -> bool:
        found = self.server.ask(
            "GET", f"/{self._behind()[0]}/_settings/index.blocks.*", None, {"flat_settings": "true"}
        )
        return any(index["settings"].get("index.blocks.read_only_allow_delete") == "true" for index in found.values())

    def _there(self) -> bool:
        return len(self._behind()) == 1

    def _behind(self) -> list[str]:
        """The indexes behind the alias; where an older index has the name, behind the alias beside it."""
        return self.server.aliases(self.alias) or self.server.aliases(f"{self.alias}-current")

    def _older(self) -> bool:
        return is_older(self.server.mapping(self.alias))


def examine_outbox(path: str) -> Finding:
    """What waits on this machine."""
    try:
        waiting = backlog(path)
    except StoreUnavailable as error:
        return Finding("outbox", Grade.ATTENTION, str(error))
    if not waiting.changes:
        return Finding("outbox", Grade.FINE, "Nothing waits for the server.")
    said = f"{waiting.changes:,} changes wait for the server, the oldest for {_long(waiting.age_s)}"
    return Finding("outbox", Grade.ATTENTION, f"{said}; the next run sends them.")


def _long(seconds: float) -> str:
    return f"{seconds / 3600:.1f} hours" if seconds >= LONG_S else f"{seconds:.0f} s"


def _answered(ask: Callable[[], Answer]) -> Answer:
    try:
        return ask()
    except (DedupError, Refused) as error:
        return Grade.FAILING, f"{error}"


def _missing(answer: dict[str, Any]) -> Sequence[str]:
    """Rights that the user lacks, those of the cluster first."""
    of_cluster = [f"the cluster's {right}" for right, has in answer["cluster"].items() if not has]
    of_indexes = {right for has in answer["index"].values() for right, granted in has.items() if not granted}
    return [*of_cluster, *(right for right in (*DAILY, *SETTING_UP) if right in of_indexes)]


def _differing(there: dict[str, Any], made: dict[str, Any]) -> list[str]:
    """Fields that are missing, or of another type."""
    return [name for name, field in made.items() if there.get(name, {}).get("type") != field.get("type")]
