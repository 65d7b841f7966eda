"""The generated files are those that the schema gives, and the reference file is the defaults."""

from pathlib import Path

from py_image_dedup.settings.explain import explain
from py_image_dedup.settings.load import load
from py_image_dedup.settings.reference import reference_yaml, settings_page
from py_image_dedup.settings.schema import KEYS

ROOT = Path(__file__).resolve().parents[2]


def test_the_reference_file_is_current() -> None:
    assert (ROOT / "py_image_dedup_reference.yaml").read_text("utf-8") == reference_yaml()


def test_the_settings_page_is_current() -> None:
    assert (ROOT / "docs" / "settings.md").read_text("utf-8") == settings_page()


def test_the_reference_file_loads_and_says_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "py_image_dedup.yaml"
    path.write_text(reference_yaml(), "utf-8")
    reference = load(environ={}, cwd=str(tmp_path), home="/h", check_folders=False)
    defaults = load(environ={}, cwd="/", home="/h", check_folders=False)

    assert [(row.key, row.value) for row in explain(reference)] == [(row.key, row.value) for row in explain(defaults)]
    assert reference.file == str(path)


def test_every_key_has_a_comment_and_its_environment_name() -> None:
    lines = reference_yaml().split("\n")

    for key in KEYS:
        assert sum(line.strip() == f"# Environment: {key.environment}" for line in lines) == 1
    assert max(map(len, lines)) <= 120


def test_every_key_has_a_heading() -> None:
    page = settings_page().split("\n")

    assert [key.path for key in KEYS if f"### `{key.path}`" not in page] == []
