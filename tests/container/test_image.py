"""The image is really built and run, in the ways in which people run it."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from py_image_dedup.demo.scenes import photograph
from tests.support.containers import ACTING, IN_COMPOSE, IN_THE_IMAGE, Image, Run, own, run

pytestmark = IN_THE_IMAGE
MODES = {
    "as it is": Run(environment=ACTING),
    "PUID and PGID": Run(environment=ACTING | {"PUID": "2345", "PGID": "3456"}),
    "--user": Run(environment=ACTING, user="1000:1000"),
    "--user of another number": Run(environment=ACTING, user="4711:4711"),
    "read-only root file system": Run(environment=ACTING, read_only=True),
    "no capabilities, --user": Run(environment=ACTING, user="1000:1000", capabilities=(), no_new_privileges=True),
    "as in the compose file": Run(environment=ACTING, **IN_COMPOSE),
    "everything at once": Run(
        environment=ACTING, user="4711:4711", read_only=True, capabilities=(), no_new_privileges=True
    ),
}


def owner(options: Run) -> int:
    return int((options.user or options.environment.get("PUID", "1000")).split(":")[0])


@pytest.mark.parametrize("mode", MODES)
def test_copies_are_put_aside_in_every_mode(image: Image, library: Path, tmp_path: Path, mode: str) -> None:
    own(library, owner(MODES[mode]))
    options = replace(MODES[mode], volumes={"/mnt/source": library})
    ended = run(image, tmp_path / "c", options, "deduplicate")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert not (library / "sub" / "copy.jpg").exists()
    (aside,) = (library / ".py-image-dedup-quarantine").rglob("*.jpg")
    assert aside.stat().st_uid == owner(options)
    assert (tmp_path / "c" / "state" / "journal.sqlite").stat().st_uid == owner(options)


@pytest.mark.parametrize(
    ("environment", "paths"),
    [({}, ["/mnt/source"]), ({"PY_IMAGE_DEDUP_ANALYSIS_SOURCE_DIRECTORIES": "/mnt/source"}, [])],
)
def test_a_dry_run_with_a_plain_command_line(
    image: Image, library: Path, tmp_path: Path, environment: dict[str, str], paths: list[str]
) -> None:
    options = Run(volumes={"/mnt/source": library}, environment=environment)
    ended = run(image, tmp_path / "c", options, "deduplicate", "--dry-run", *paths)

    assert ended.returncode == 0, ended.stderr
    assert "sub/copy.jpg" in ended.stdout
    assert (library / "sub" / "copy.jpg").exists()


def test_a_source_mounted_read_only_is_analysed_only_and_that_is_said(
    image: Image, library: Path, tmp_path: Path
) -> None:
    before = {path: path.stat().st_mtime_ns for path in library.rglob("*")}
    options = Run(volumes={"/mnt/source:ro": library}, environment=ACTING, **IN_COMPOSE)
    ended = run(image, tmp_path / "c", options, "deduplicate")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.startswith("==> READ-ONLY! The source is mounted read-only")
    assert "1 to go" in ended.stdout
    assert "Files deleted: 0" in ended.stdout
    assert {path: path.stat().st_mtime_ns for path in library.rglob("*")} == before


def test_metadata_move_into_the_file_that_stays(image: Image, tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    scene = photograph(3, 1)
    scene.save(library / "large.jpg", quality=95)
    scene.resize((scene.width // 2, scene.height // 2)).save(library / "small.jpg", quality=80)
    subprocess.run(["exiftool", "-q", "-overwrite_original", "-XMP-xmp:Rating=4", library / "small.jpg"], check=True)
    own(library, 1000)
    environment = ACTING | {
        "PY_IMAGE_DEDUP_DEDUPLICATION_MERGE_METADATA": "true",
        "PY_IMAGE_DEDUP_DEDUPLICATION_PRIORITIZATION_RULES": "higher-pixel-count",
    }

    ended = run(
        image,
        tmp_path / "c",
        Run(volumes={"/mnt/source": library}, environment=environment, **IN_COMPOSE),
        "deduplicate",
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert not (library / "small.jpg").exists()
    rating = subprocess.run(["exiftool", "-s3", "-Rating", library / "large.jpg"], capture_output=True, check=True)
    assert rating.stdout == b"4\n"


def test_root_without_the_right_to_become_another_is_told_so(image: Image, library: Path, tmp_path: Path) -> None:
    ended = run(image, tmp_path / "c", Run(capabilities=()), "--version")

    assert ended.returncode == 2
    assert "start with --user 1000:1000" in ended.stderr


@pytest.mark.parametrize("value", ["", "root", "1000; id", "-1"])
def test_puid_must_be_a_number(image: Image, tmp_path: Path, value: str) -> None:
    ended = run(image, tmp_path / "c", Run(environment={"PUID": value}), "--version")

    assert ended.returncode == 2
    assert "PUID and PGID must be numbers" in ended.stderr


def test_the_configuration_is_read_from_the_working_folder(image: Image, library: Path, tmp_path: Path) -> None:
    config = tmp_path / "app"
    config.mkdir()
    (config / "py_image_dedup.yaml").write_text("py_image_dedup: {analysis: {source_directories: [/mnt/source]}}")
    ended = run(image, tmp_path / "c", Run(volumes={"/app:ro": config, "/mnt/source": library}), "deduplicate")

    assert ended.returncode == 0, ended.stderr
    assert "DRY RUN" in ended.stdout


def test_nothing_in_the_image_gives_more_rights(image: Image) -> None:
    found = subprocess.run(
        ["find", image.rootfs, "-xdev", "-type", "f", "-perm", "/6000"], capture_output=True, text=True, check=True
    )

    assert found.stdout == ""


def test_the_image_says_how_it_is_and_how_to_stop_it(image: Image) -> None:
    assert image.config["Cmd"] == ["daemon"]
    assert image.config["StopSignal"] == "SIGTERM"
    assert image.config["Healthcheck"]["Test"][-1] == "py_image_dedup.faces.daemon.healthcheck"
