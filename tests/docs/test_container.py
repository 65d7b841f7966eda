"""The container files keep the names that existing set-ups rely on and use only settings that there are."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from py_image_dedup.settings.load import load
from py_image_dedup.settings.schema import BY_ENVIRONMENT
from tests.support.containers import IN_COMPOSE, dependencies
from tests.support.existing_setup import COMPOSE as EXISTING
from tests.support.existing_setup import TEXT as EXISTING_TEXT
from tests.support.existing_setup import environment_of

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
COMPOSE = YAML(typ="safe", pure=True).load((ROOT / "docker-compose.yml").read_text("utf-8"))


def test_the_image_keeps_its_contract() -> None:
    for line in (
        'ENTRYPOINT ["entrypoint", "tini", "-g", "--", "py-image-dedup"]',
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
    environ = environment_of(COMPOSE, "py-image-dedup")
    settings = load(environ=environ, cwd="/", home="/h", check_folders=False)

    assert settings.dry_run is True
    assert settings.store == "sqlite"
    assert {"PUID", "PGID"} <= environ.keys()
    assert len(environ) >= 18


def test_the_environment_of_an_existing_compose_file_means_what_it_meant() -> None:
    environ = environment_of(EXISTING, "py-image-dedup")
    settings = load(environ=environ, cwd="/", home="/h", check_folders=False)

    assert environ.keys() - {"PUID", "PGID"} <= BY_ENVIRONMENT.keys()
    assert environ.keys() <= environment_of(COMPOSE, "py-image-dedup").keys() | {"PY_IMAGE_DEDUP_ANALYSIS_EXCLUSIONS"}
    assert (settings.store, settings.elasticsearch.host) == ("elasticsearch", "elasticsearch")
    assert settings.dry_run is False
    assert settings.analysis.exclusions == ()
    assert settings.deduplication.duplicates_target_directory == "/mnt/duplicates"


def test_the_dockerfile_is_clean() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    checked = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)

    assert (checked.returncode, checked.stdout) == (0, "")


@pytest.mark.parametrize("text", [(ROOT / "docker-compose.yml").read_text("utf-8"), EXISTING_TEXT])
def test_a_compose_file_is_as_the_compose_specification_has_it(text: str, tmp_path: Path) -> None:
    (tmp_path / "compose.yml").write_text(text)
    check = [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema", "vendor.compose-spec"]
    checked = subprocess.run([*check, tmp_path / "compose.yml"], capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout


def test_the_container_runs_in_the_tests_with_the_rights_of_the_compose_file() -> None:
    service = COMPOSE["services"]["py-image-dedup"]

    assert service["cap_drop"] == ["ALL"]
    assert [name.lower() for name in service["cap_add"]] == list(IN_COMPOSE["capabilities"])
    assert service["read_only"] is IN_COMPOSE["read_only"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_servers_are_not_published_and_waited_for() -> None:
    services = COMPOSE["services"]

    assert "ports" not in services["elasticsearch"]
    assert "healthcheck" in services["elasticsearch"]
    assert services["py-image-dedup"]["depends_on"]["elasticsearch"]["condition"] == "service_healthy"
    assert {name: service.get("profiles") for name, service in services.items()} == {
        "py-image-dedup": None,
        "elasticsearch": ["elasticsearch"],
        "prometheus": ["monitoring"],
        "grafana": ["monitoring"],
    }
    assert "state:/state" in services["py-image-dedup"]["volumes"]


@pytest.mark.parametrize("processor", ["x86_64", "aarch64"])
def test_nothing_is_compiled_on_either_processor(processor: str, tmp_path: Path) -> None:
    """Every dependency of the image comes as a wheel; pip asks for what it would install, and installs nothing."""
    python = re.search(r"^ARG BASE=python:([\d.]+)-slim$", DOCKERFILE, re.MULTILINE)
    assert python is not None
    there = [f"--platform={tag}_{processor}" for tag in ("manylinux2014", "manylinux_2_28")]
    pip = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--target", tmp_path / "none"]
    wanted = ["--only-binary=:all:", "--implementation=cp", f"--python-version={python[1]}", *there]
    lock = ["--constraint", ROOT / "requirements-test.lock"]
    asked = subprocess.run([*pip, *wanted, *lock, *dependencies()], capture_output=True, text=True, check=False)

    assert asked.returncode == 0, asked.stderr
