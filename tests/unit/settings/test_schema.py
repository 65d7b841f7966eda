"""The schema is complete and consistent: names do not collide, defaults parse, every key is a field."""

import os
from dataclasses import fields, is_dataclass

import pytest

from py_image_dedup.keeping import rules as keeping
from py_image_dedup.settings.explain import value_of
from py_image_dedup.settings.load import load
from py_image_dedup.settings.rules import DEFAULT_RULES, RULES
from py_image_dedup.settings.schema import BY_ENVIRONMENT, EVERY_PATH, KEYS, Key

# What existing files and containers use, with the defaults they rely on.
ESTABLISHED = {
    "dry_run": "true",
    "elasticsearch.host": "127.0.0.1",
    "elasticsearch.port": "9200",
    "elasticsearch.max_distance": "0.1",
    "elasticsearch.auto_create_index": "true",
    "elasticsearch.index": "images",
    "analysis.use_exif_data": "true",
    "analysis.source_directories": "[]",
    "analysis.recursive": "true",
    "analysis.across_dirs": "false",
    "analysis.file_extensions": ".png, .jpg, .jpeg",
    "analysis.exclusions": "[]",
    "analysis.threads": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
    "deduplication.max_file_modification_time_diff": "none",
    "deduplication.prioritization_rules": "higher-pixel-count, more-exif-data, bigger-file-size,"
    " newer-file-modification-date, smaller-distance, doesnt-contain-copy-in-file-name, longer-file-name,"
    " shorter-folder-path, higher-score",
    "deduplication.duplicates_target_directory": "none",
    "remove_empty_folders": "false",
    "daemon.processing_timeout": "30s",
    "daemon.file_observer": "polling",
    "stats.enabled": "true",
    "stats.port": "8000",
}


def test_environment_names_do_not_collide() -> None:
    assert len(BY_ENVIRONMENT) == len(EVERY_PATH)


def test_established_keys_keep_their_names_and_defaults() -> None:
    from py_image_dedup.settings.explain import explain

    rows = {row.key: row.value for row in explain(load(environ={}, cwd="/", home="/", check_folders=False))}

    assert {key: rows[key] for key in ESTABLISHED} == ESTABLISHED


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_every_key_is_a_field_and_says_what_it_does(key: Key) -> None:
    settings = load(environ={}, cwd="/", home="/h", check_folders=False)

    value_of(settings, key.path)
    assert key.help.endswith(".")
    assert key.environment == "PY_IMAGE_DEDUP_" + key.path.replace(".", "_").upper()


def test_every_field_is_a_key() -> None:
    settings = load(environ={}, cwd="/", home="/h", check_folders=False)
    found = set()
    for part in fields(settings):
        value = getattr(settings, part.name)
        if is_dataclass(value):
            found |= {f"{part.name}.{inner.name}" for inner in fields(value)}
        else:
            found.add(part.name)

    assert found - {"file", "origins"} == {key.path for key in KEYS}


def test_the_rules_that_may_be_named_are_the_rules_that_there_are() -> None:
    assert set(RULES) == set(keeping.RULES)
    assert DEFAULT_RULES == keeping.DEFAULT_RULES
    assert len(RULES) == 26
