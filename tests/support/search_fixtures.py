"""One server of each kind a test process, started when the first test asks for it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.support.search_server import running

Address = Callable[[str], str]


@pytest.fixture(scope="session")
def address_of() -> Iterator[Address]:
    """Gives the address of the server of a kind: elasticsearch8, elasticsearch9, opensearch2, opensearch3."""
    found: dict[str, str] = {}
    with ExitStack() as at_end:

        def address(name: str) -> str:
            if name not in found:
                found[name] = at_end.enter_context(running(name))
            return found[name]

        yield address
