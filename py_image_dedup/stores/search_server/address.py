"""Where the search server is and who asks. Secrets are kept out of every text made from it."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from py_image_dedup.model.errors import SettingsError

DEFAULT_PORT = 9200


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """How to reach the server. `hosts` are base addresses as `base_addresses` gives them; `cloud_id` replaces them."""

    hosts: tuple[str, ...] = (f"http://127.0.0.1:{DEFAULT_PORT}",)
    cloud_id: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    timeout_s: float = 30.0  # one request
    start_timeout_s: float = 60.0  # for the server to come up

    def __str__(self) -> str:
        return "the cloud deployment" if self.cloud_id else ", ".join(self.hosts)

    @property
    def basic_auth(self) -> tuple[str, str] | None:
        """User and password, where a user is given."""
        return None if self.user is None else (self.user, self.password or "")


def base_addresses(hosts: str, port: int = DEFAULT_PORT, *, tls: bool = False) -> tuple[str, ...]:
    """`scheme://name:port` of each of `hosts`, a text split at commas; scheme and port of a host win over the others.

    Raises SettingsError where a host cannot be used, and where it holds a password: that would be shown.
    """
    addresses, problems = [], []
    for host in filter(None, (part.strip() for part in hosts.split(","))):
        try:
            addresses.append(_base_address(host, port, "https" if tls else "http"))
        except ValueError as error:
            problems.append(f"elasticsearch.host: {error}")
    if problems or not addresses:
        raise SettingsError(problems or ["elasticsearch.host names no host."])
    return tuple(addresses)


def _base_address(host: str, port: int, scheme: str) -> str:
    parts = urlsplit(host if "://" in host else f"{scheme}://{host}")
    if parts.username or parts.password:
        raise ValueError("a host holds no user; use elasticsearch.user and elasticsearch.password.")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
        raise ValueError(f"{host!r} is no host name; write name, name:port or https://name:port.")
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{name}:{parts.port or port}"
