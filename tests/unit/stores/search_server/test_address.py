"""Where the server is, from what a user writes; secrets stand in no text."""

import pytest

from py_image_dedup.model.errors import SettingsError
from py_image_dedup.stores.search_server.address import ServerAddress, base_addresses


@pytest.mark.parametrize(
    ("hosts", "port", "tls", "found"),
    [
        ("127.0.0.1", 9200, False, ["http://127.0.0.1:9200"]),
        ("search", 9201, True, ["https://search:9201"]),
        ("a, b:1 ,https://c", 9200, False, ["http://a:9200", "http://b:1", "https://c:9200"]),
        ("http://a:80/", 9200, True, ["http://a:80"]),
        ("[::1]:9300,https://[fe80::1]", 9200, False, ["http://[::1]:9300", "https://[fe80::1]:9200"]),
    ],
)
def test_hosts_are_read_as_users_write_them(hosts: str, port: int, tls: bool, found: list[str]) -> None:
    assert list(base_addresses(hosts, port, tls=tls)) == found


@pytest.mark.parametrize(
    ("hosts", "words"),
    [
        ("", "names no host"),
        (" , ", "names no host"),
        ("ftp://a", "is no host name"),
        ("http://a/path", "is no host name"),
        ("a:b", "elasticsearch.host"),
        ("https://user:secret@a", "a host holds no user"),
    ],
)
def test_what_is_no_host_is_refused_without_showing_a_password(hosts: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as refused:
        base_addresses(hosts)

    assert "secret" not in str(refused.value)


def test_an_address_shows_neither_password_nor_key() -> None:
    address = ServerAddress(user="u", password="secret", api_key="c2VjcmV0")

    assert "secret" not in f"{address} {address!r}"
    assert "c2VjcmV0" not in f"{address} {address!r}"
    assert address.basic_auth == ("u", "secret")
    assert ServerAddress().basic_auth is None
    assert str(ServerAddress(cloud_id="name:abc")) == "the cloud deployment"
