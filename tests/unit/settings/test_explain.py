"""`config show`: every value with its origin, no secrets; and the digest of what shapes a plan."""

import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from py_image_dedup.settings import explain as module
from py_image_dedup.settings.explain import Row, digest, explain
from py_image_dedup.settings.load import load
from py_image_dedup.settings.schema import KEYS
from py_image_dedup.settings.settings import Settings


def loaded(**environ: str) -> Settings:
    prefixed = {f"PY_IMAGE_DEDUP_{name}": value for name, value in environ.items()}
    return load(environ=prefixed, cwd="/", home="/h", check_folders=False)


def test_every_key_has_a_row_with_value_and_origin() -> None:
    rows = explain(loaded(ANALYSIS_THREADS="7", DEDUPLICATION_REMOVE=""))

    assert [row.key for row in rows] == [key.path for key in KEYS]
    assert Row("analysis.threads", "7", "PY_IMAGE_DEDUP_ANALYSIS_THREADS") in rows
    assert Row("deduplication.remove", "[]", "PY_IMAGE_DEDUP_DEDUPLICATION_REMOVE") in rows
    assert Row("dry_run", "true", "default") in rows


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(ELASTICSEARCH_HOST="http://me:word@es", STORE="sqlite", ELASTICSEARCH_INDEX="hidden")
    secret = tuple(replace(key, secret=key.path == "elasticsearch.index") for key in KEYS)
    monkeypatch.setattr(module, "KEYS", secret)

    rows = {row.key: row.value for row in explain(settings)}

    assert rows["elasticsearch.host"] == "http://***@es"
    assert rows["elasticsearch.index"] == "***"


def test_values_can_be_read_back() -> None:
    settings = loaded(DAEMON_PROCESSING_TIMEOUT="1w3d", ANALYSIS_TIMEOUT="1:01:01", DEDUPLICATION_MAX_SHARE="7%")
    rows = {row.key: row.value for row in explain(settings)}
    again = {key: rows[key] for key in ("daemon.processing_timeout", "analysis.timeout", "deduplication.max_share")}

    assert load(overrides=again, environ={}, cwd="/", home="/h", check_folders=False) == settings


def test_the_digest_changes_with_what_shapes_a_plan_and_with_nothing_else(tmp_path: Path) -> None:
    plain = digest(loaded())

    assert digest(loaded(ANALYSIS_THREADS="7", STORE="memory", STATE_DIRECTORY="/s", DRY_RUN="no")) == plain
    assert digest(loaded(DEDUPLICATION_REMOVE="turned")) != plain
    assert digest(loaded(ANALYSIS_EXCLUSIONS="a")) != plain
    assert len(plain) == 64


def test_asking_for_values_again_takes_no_memory() -> None:
    """A daemon asks in every run."""
    settings = loaded()
    digest(settings)
    tracemalloc.start()
    try:
        for _ in range(20):
            digest(settings)
        assert tracemalloc.get_traced_memory()[0] < 4_000
    finally:
        tracemalloc.stop()
