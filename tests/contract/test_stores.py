"""Every store keeps the contract of stores."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from py_image_dedup.model.ports import RecordStore
from py_image_dedup.stores.memory import MemoryStore
from py_image_dedup.stores.sqlite import SqliteStore
from tests.contract.store_contract import StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> RecordStore:
        return MemoryStore()


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[RecordStore]:
        store = SqliteStore(str(tmp_path / "state" / "index.sqlite"))
        yield store
        store.close()


class TestSqliteStoreOnANetwork(StoreContract):
    """The same with a rollback journal, as on a file system without shared memory."""

    @pytest.fixture
    def store(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordStore]:
        monkeypatch.setattr("py_image_dedup.stores.opening.is_shared", lambda folder: True)
        store = SqliteStore(str(tmp_path / "index.sqlite"))
        yield store
        assert list(tmp_path.glob("*-wal")) == []
        store.close()
