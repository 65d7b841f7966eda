"""Imports go one way: faces -> wiring -> deduplicator -> phases -> rooms -> model."""

import pytest

from tests.house.house import Module, imported, modules

ROOMS = {"walking", "analysis", "matching", "keeping", "disposal", "stores", "reports", "demo"}
MAY_IMPORT = {
    "model": {"model"},
    "settings": {"settings", "model"},
    **{room: {room, "model"} for room in ROOMS},
    "phases": {"phases", "model"} | ROOMS,
    "questions": {"questions", "phases", "model"} | ROOMS,
    "deduplicator": {"deduplicator", "questions", "phases", "model"} | ROOMS,
    "wiring": {"wiring", "deduplicator", "questions", "phases", "settings", "model"} | ROOMS,
    "faces": {
        "faces",
        "wiring",
        "deduplicator",
        "settings",
        "reports",
        "demo",
        "model",
        "__init__",
    },
    "__init__": {"deduplicator", "model"},
    "__main__": {"faces"},
}
FLOORS = {  # of a room that has some: each imports itself and those before it
    "disposal": ("volume", "books", "work", "ways", "recovery", "disposal", "trial"),
    "matching": ("orientation", "version", "geometry", "candidates", "comparison", "evidence", "groups"),
}
OUTSIDE_MODEL = {"numpy", "cv2", "PIL", "click", "rich"}


def rooms_imported(module: Module) -> set[str]:
    names = (n.split(".") for n in imported(module) if n.split(".")[0] == "py_image_dedup")
    return {parts[1] if len(parts) > 1 else "__init__" for parts in names} - {"__version__"}


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.name)
def test_a_room_imports_only_rooms_below_it(module: Module) -> None:
    assert rooms_imported(module) - MAY_IMPORT[module.room] == set()


@pytest.mark.parametrize(
    "module", [m for m in modules() if m.room in FLOORS and m.floor != "__init__"], ids=lambda m: m.name
)
def test_a_floor_imports_only_floors_below_it(module: Module) -> None:
    floors = FLOORS[module.room]
    below = set(floors[: floors.index(module.floor) + 1])
    names = (n.split(".") for n in imported(module))
    found = {parts[2] for parts in names if parts[:2] == ["py_image_dedup", module.room] and len(parts) > 2}

    assert found - below == set()


def test_the_model_needs_nothing_but_the_standard_library() -> None:
    found = {n.split(".")[0] for m in modules() if m.room == "model" for n in imported(m)}

    assert found & OUTSIDE_MODEL == set()


def test_every_room_has_a_rule() -> None:
    assert {m.room for m in modules()} - set(MAY_IMPORT) == set()
