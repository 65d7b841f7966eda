"""The store on a search server keeps the contract of stores, on every kind of server it knows."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from py_image_dedup.model.ports import RecordStore
from py_image_dedup.stores.elasticsearch import ElasticsearchStore, IndexChoice
from py_image_dedup.stores.search_server.address import ServerAddress
from tests.contract.store_contract import StoreContract
from tests.support.search_fixtures import Address


class OnAServer(StoreContract):
    """Each test has a library of its own in an index that all of them share."""

    kind: str

    @pytest.fixture
    def store(self, address_of: Address, tmp_path: Path) -> Iterator[RecordStore]:
        address = ServerAddress(hosts=(address_of(self.kind),))
        store = ElasticsearchStore(address, str(tmp_path), IndexChoice("contract", library=uuid.uuid4().hex))
        yield store
        store.close()


class TestElasticsearch8(OnAServer):
    kind = "elasticsearch8"


class TestElasticsearch9(OnAServer):
    kind = "elasticsearch9"


class TestOpenSearch2(OnAServer):
    kind = "opensearch2"


class TestOpenSearch3(OnAServer):
    kind = "opensearch3"
