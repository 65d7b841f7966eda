"""A store from plain values, as settings have them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.stores.elasticsearch import ElasticsearchStore, IndexChoice
from py_image_dedup.stores.search_server.address import ServerAddress, base_addresses


@dataclass(frozen=True, slots=True)
class ServerChoice:
    """Where the server is and which part of it is ours."""

    host: str  # one or several, with commas
    port: int
    index: str
    auto_create_index: bool
    tls: bool = False
    ca_file: str | None = None
    cloud_id: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    timeout_s: float = 30.0
    start_timeout_s: float = 60.0
    library: str | None = None

    def address(self) -> ServerAddress:
        """How to reach the server. Raises SettingsError for unusable hosts, StoreUnavailable for a lost CA file."""
        if self.ca_file is not None:
            _check_readable(self.ca_file)
        return ServerAddress(
            hosts=base_addresses(self.host, self.port, tls=self.tls),
            cloud_id=self.cloud_id,
            user=self.user,
            password=self.password,
            api_key=self.api_key,
            ca_file=self.ca_file,
            timeout_s=self.timeout_s,
            start_timeout_s=self.start_timeout_s,
        )


def search_server_store(choice: ServerChoice, state: str, note: Callable[[str], None]) -> ElasticsearchStore:
    """The opened store; its outbox and local part lie in the folder `state`."""
    mine = IndexChoice(choice.index, create=choice.auto_create_index, library=choice.library or "")
    return ElasticsearchStore(choice.address(), state, mine, note=note)


def _check_readable(path: str) -> None:
    try:
        with open(path, "rb"):
            return
    except OSError as error:
        raise StoreUnavailable(
            f"The certificates {path} (elasticsearch.ca_file) cannot be read: {error.strerror}. Correct the path."
        ) from error
