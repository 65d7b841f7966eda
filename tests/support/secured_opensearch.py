"""A real OpenSearch 2 with its security plugin: an administrator, and a user `worker` whose role the test gives."""

import base64
import json
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.search_server import SearchServer

HASH_OF_PASSWORD = "$2a$10$abcdefghijklmnopqrstuu5Lo0g67CiD3M4RpN1BmBb4Crp5w7dbK"  # bcrypt of "password"
_SETTINGS = {
    "plugins.security.ssl.transport.pemcert_filepath": "node.pem",
    "plugins.security.ssl.transport.pemkey_filepath": "key.pem",
    "plugins.security.ssl.transport.pemtrustedcas_filepath": "node.pem",
    "plugins.security.ssl.transport.enforce_hostname_verification": "false",
    "plugins.security.ssl.http.enabled": "false",
    "plugins.security.allow_default_init_securityindex": "true",
    "plugins.security.authcz.admin_dn.0": "CN=nobody",
    "plugins.security.nodes_dn.0": "CN=node",
    "plugins.security.restapi.roles_enabled.0": "all_access",
}
_BASIC = {
    "http_enabled": True,
    "order": 0,
    "http_authenticator": {"type": "basic", "challenge": True},
    "authentication_backend": {"type": "intern"},
}
_FILES: dict[str, tuple[str, dict[str, Any]]] = {
    "config": ("config", {"config": {"dynamic": {"authc": {"basic": _BASIC}}}}),
    "internal_users": (
        "internalusers",
        {"admin": {"hash": HASH_OF_PASSWORD, "backend_roles": ["admin"]}, "worker": {"hash": HASH_OF_PASSWORD}},
    ),
    "roles": ("roles", {}),
    "roles_mapping": ("rolesmapping", {"all_access": {"backend_roles": ["admin"]}, "given": {"users": ["worker"]}}),
    "action_groups": ("actiongroups", {}),
    "tenants": ("tenants", {}),
    "nodes_dn": ("nodesdn", {}),
    "whitelist": ("whitelist", {}),
    "allowlist": ("allowlist", {}),
}


@dataclass(frozen=True)
class SecuredOpenSearch:
    address: str

    def give(self, role: dict[str, Any]) -> None:
        """Make this the role of the worker."""
        headers = {
            "content-type": "application/json",
            "authorization": f"Basic {base64.b64encode(b'admin:password').decode()}",
        }
        path = f"{self.address}/_plugins/_security/api/roles/given"
        request = urllib.request.Request(path, json.dumps(role).encode(), headers, method="PUT")
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert json.load(answer)["status"] in {"CREATED", "OK"}


@contextmanager
def secured_opensearch_below(base: Path) -> Iterator[SecuredOpenSearch]:
    """The server, until the end of the block."""
    configured = base / "config" / "opensearch-security"
    configured.mkdir(parents=True)
    for name, (kind, content) in _FILES.items():
        text = json.dumps({"_meta": {"type": kind, "config_version": 2}, **content})  # JSON is YAML
        (configured / f"{name}.yml").write_text(text)
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=node -addext subjectAltName=IP:127.0.0.1"
    made = ["-keyout", str(base / "config" / "key.pem"), "-out", str(base / "config" / "node.pem")]
    subprocess.run([*command.split(), *made], check=True, capture_output=True)
    server = SearchServer("opensearch2", base, _SETTINGS)
    try:
        yield SecuredOpenSearch(server.start())
    finally:
        server.stop()
