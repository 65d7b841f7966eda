"""Stores by name."""

from pathlib import Path

import pytest

from py_image_dedup.model.errors import MissingExtra, SettingsError
from py_image_dedup.stores.registry import BACKENDS, Backend, store_class


def test_every_store_is_found_by_its_name(tmp_path: Path) -> None:
    store_class("memory")().close()
    store_class("sqlite")(str(tmp_path / "index.sqlite")).close()


def test_an_unknown_name_is_told_with_those_there_are() -> None:
    with pytest.raises(SettingsError, match=r"no store 'postgres'; there are: .*memory.*sqlite"):
        store_class("postgres")


def test_a_store_whose_package_is_missing_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BACKENDS, "far", Backend("py_image_dedup.stores.nowhere", "FarStore", extra="far"))

    with pytest.raises(MissingExtra, match=r"pip install 'py-image-dedup\[far\]'"):
        store_class("far")


def test_a_store_of_ours_that_does_not_load_is_not_taken_for_a_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BACKENDS, "broken", Backend("py_image_dedup.stores.nowhere", "BrokenStore"))

    with pytest.raises(ModuleNotFoundError):
        store_class("broken")
