"""The stores by name. Strings, imported on use: a store that nobody asks for costs nothing and needs no package."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from py_image_dedup.model.errors import MissingExtra, SettingsError
from py_image_dedup.model.ports import RecordStore


@dataclass(frozen=True, slots=True)
class Backend:
    """Where a store's class is, and the extra that brings the packages it needs."""

    module: str
    name: str
    extra: str | None = None


BACKENDS = {
    "elasticsearch": Backend("py_image_dedup.stores.elasticsearch", "ElasticsearchStore"),  # names its extras itself
    "memory": Backend("py_image_dedup.stores.memory", "MemoryStore"),
    "sqlite": Backend("py_image_dedup.stores.sqlite", "SqliteStore"),
}


def store_class(name: str) -> Callable[..., RecordStore]:
    """The class of the store `name`. Raises SettingsError for an unknown name, MissingExtra for a missing package."""
    backend = BACKENDS.get(name)
    if backend is None:
        raise SettingsError([f"There is no store {name!r}; there are: {', '.join(sorted(BACKENDS))}."])
    try:
        module = import_module(backend.module)
    except ModuleNotFoundError as error:
        if backend.extra is None:
            raise
        raise MissingExtra(f"The store {name!r}", backend.extra) from error
    found: Callable[..., RecordStore] = getattr(module, backend.name)
    return found
