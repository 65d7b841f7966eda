"""One request to the server and its answer, over whichever client fits: elasticsearch-py or opensearch-py.

Elasticsearch's client refuses OpenSearch, and OpenSearch's does not know Elasticsearch; so the server is asked first
what it is, and a client that does not fit is one sentence.
"""

import importlib.util
from collections.abc import Mapping
from typing import Any, Protocol

from py_image_dedup.model.errors import MissingExtra, StoreUnavailable
from py_image_dedup.stores.search_server.address import ServerAddress

JSON_HEADERS = {"accept": "application/json", "content-type": "application/json"}
KNOWN = {"elasticsearch": (8, 9), "opensearch": (2, 3)}
NAMES = {"elasticsearch": "Elasticsearch", "opensearch": "OpenSearch"}


class Refused(Exception):
    """The server answered, but not with what was asked for. `kind` is its name of the error."""

    def __init__(self, status: int, kind: str, reason: str) -> None:
        super().__init__(f"{status} {kind}: {reason}" if kind else f"{status}")
        self.status, self.kind, self.reason = status, kind, reason


class Unreachable(Exception):
    """No answer. `lasting`: waiting is pointless (a certificate that is not trusted)."""

    def __init__(self, cause: str, *, lasting: bool = False) -> None:
        super().__init__(cause)
        self.lasting = lasting


class WrongClient(Exception):
    """This client does not serve that server. `said`: what the server says of itself."""

    def __init__(self, said: Any) -> None:
        super().__init__(said)
        self.said = said


class Connection(Protocol):
    """One client; safe in several threads."""

    def request(self, method: str, path: str, params: Mapping[str, str], body: bytes | None) -> Any:
        """The JSON of the answer. Raises Refused or Unreachable."""
        ...

    def close(self) -> None:
        """Close its sockets."""
        ...


class ElasticsearchConnection:
    """Over elasticsearch-py 8.19, which serves Elasticsearch 8 and 9."""

    def __init__(self, address: ServerAddress) -> None:
        from elasticsearch import Elasticsearch

        where: dict[str, Any] = {"cloud_id": address.cloud_id} if address.cloud_id else {"hosts": list(address.hosts)}
        if address.ca_file:
            where["ca_certs"] = address.ca_file
        self._client = Elasticsearch(
            **where,
            basic_auth=address.basic_auth,
            api_key=address.api_key,
            request_timeout=address.timeout_s,
            max_retries=len(address.hosts) - 1,
        )

    def request(self, method: str, path: str, params: Mapping[str, str], body: bytes | None) -> Any:
        """See `Connection`."""
        import elasticsearch as es

        try:
            return self._client.perform_request(method, path, params=params, headers=JSON_HEADERS, body=body).body
        except es.UnsupportedProductError as error:
            raise WrongClient(error.body) from error
        except es.ApiError as error:
            raise Refused(error.meta.status, *_reason(error.body)) from error
        except es.TransportError as error:
            raise Unreachable(_cause(error), lasting=isinstance(error, es.SSLError)) from error

    def close(self) -> None:
        """Close its sockets."""
        self._client.close()


class OpenSearchConnection:
    """Over opensearch-py 3, which serves OpenSearch 2 and 3."""

    def __init__(self, address: ServerAddress) -> None:
        from opensearchpy import OpenSearch

        auth: dict[str, Any] = {}
        if address.api_key:
            auth["headers"] = {"authorization": f"ApiKey {address.api_key}"}
        elif address.basic_auth:
            auth["http_auth"] = address.basic_auth
        if address.ca_file:
            auth["ca_certs"] = address.ca_file
        self._client = OpenSearch(
            hosts=list(address.hosts), timeout=address.timeout_s, max_retries=len(address.hosts) - 1, **auth
        )

    def request(self, method: str, path: str, params: Mapping[str, str], body: bytes | None) -> Any:
        """See `Connection`."""
        import opensearchpy as client

        try:
            return self._client.transport.perform_request(method, path, params=params, body=body, headers=JSON_HEADERS)
        except client.ConnectionError as error:
            raise Unreachable(_cause(error), lasting=isinstance(error, client.SSLError)) from error
        except client.TransportError as error:
            raise Refused(int(error.status_code), *_reason(error.info)) from error

    def close(self) -> None:
        """Close its sockets."""
        self._client.close()


def connect(address: ServerAddress) -> tuple[Connection, str, str]:
    """A connection that fits the server, what it is ("elasticsearch" or "opensearch") and its version.

    Raises MissingExtra where the fitting client is not installed, StoreUnavailable for a version that is not served;
    and Refused or Unreachable as the server answers.
    """
    connection = _first_client(address)
    try:
        said = connection.request("GET", "/", {}, None)
    except WrongClient as wrong:
        connection.close()
        _check(*_identity(wrong.said), address)  # before 7.14 an Elasticsearch does not name itself as its client asks
        _demand("opensearchpy", "opensearch", f"The search server at {address}, which is no Elasticsearch,")
        connection = OpenSearchConnection(address)
        said = connection.request("GET", "/", {}, None)
    kind, version = _identity(said)
    _check(kind, version, address)
    if kind == "elasticsearch" and isinstance(connection, OpenSearchConnection):
        connection.close()
        raise MissingExtra(f"The search server at {address}, an Elasticsearch {version},", "elasticsearch")
    return connection, kind, version


def _first_client(address: ServerAddress) -> Connection:
    if importlib.util.find_spec("elasticsearch") is not None:
        return ElasticsearchConnection(address)
    _demand("opensearchpy", "elasticsearch", "The store 'elasticsearch'")
    return OpenSearchConnection(address)


def _demand(module: str, extra: str, purpose: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise MissingExtra(purpose, extra)


def _identity(said: Any) -> tuple[str, str]:
    """OpenSearch names itself as distribution; Elasticsearch does not."""
    version = said.get("version", {}) if isinstance(said, dict) else {}
    return str(version.get("distribution", "elasticsearch")), str(version.get("number", "of unknown version"))


def _check(kind: str, version: str, address: ServerAddress) -> None:
    major = version.split(".", 1)[0]
    if kind not in KNOWN or not major.isdigit() or int(major) not in KNOWN[kind]:
        raise StoreUnavailable(
            f"The search server at {address} is {NAMES.get(kind, kind)} {version}; this program works with"
            " Elasticsearch 8 and 9 and with OpenSearch 2 and 3. Update the server, or use the embedded index"
            " (store: sqlite)."
        )


def _reason(body: Any) -> tuple[str, str]:
    """Name and sentence of an error as both servers write it."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return "", str(error or "")[:300]
    inner = (error.get("root_cause") or [error])[0]
    return str(inner.get("type", "")), str(inner.get("reason", ""))[:300]


def _cause(error: Exception) -> str:
    """The client's words, without objects and addresses in memory."""
    errors = getattr(error, "errors", ()) or (error,)
    return str(getattr(errors[0], "message", None) or getattr(errors[0], "error", None) or errors[0])[:300]
