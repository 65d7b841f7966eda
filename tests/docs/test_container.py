"""The container files keep the names that existing set-ups rely on and use only settings that there are."""

import re
from pathlib import Path

from ruamel.yaml import YAML

from py_image_dedup.settings.load import load
from py_image_dedup.settings.schema import BY_ENVIRONMENT

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
COMPOSE = YAML(typ="safe", pure=True).load((ROOT / "docker-compose.yml").read_text("utf-8"))


def test_the_image_keeps_its_contract() -> None:
    for line in (
        'ENTRYPOINT ["tini", "-g", "--", "entrypoint", "py-image-dedup"]',
        'CMD ["daemon"]',
        "WORKDIR /app",
        "EXPOSE 8000",
    ):
        assert f"\n{line}\n" in DOCKERFILE
    assert re.search(r"PUID=1000\b", DOCKERFILE)
    assert re.search(r"PGID=1000\b", DOCKERFILE)
    assert "sudo" not in DOCKERFILE


def test_the_image_sets_only_settings_that_there_are() -> None:
    names = set(re.findall(r"\b(PY_IMAGE_DEDUP_\w+)=", DOCKERFILE))

    assert names == {"PY_IMAGE_DEDUP_STATE_DIRECTORY", "PY_IMAGE_DEDUP_STATS_BIND"}
    assert names <= BY_ENVIRONMENT.keys()


def test_the_services_keep_their_names() -> None:
    service = COMPOSE["services"]["py-image-dedup"]

    assert set(COMPOSE["services"]) == {"py-image-dedup", "elasticsearch", "prometheus", "grafana"}
    assert {volume.split(":", 1)[1] for volume in service["volumes"]} >= {"/mnt/source", "/mnt/duplicates"}
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_the_environment_of_the_compose_file_loads_and_removes_nothing_as_shipped() -> None:
    environ = {name: str(value) for name, value in COMPOSE["services"]["py-image-dedup"]["environment"].items()}
    settings = load(environ=environ, cwd="/", home="/h", check_folders=False)

    assert settings.dry_run is True
    assert settings.store == "sqlite"
    assert {"PUID", "PGID"} <= environ.keys()
    assert len(environ) >= 18
