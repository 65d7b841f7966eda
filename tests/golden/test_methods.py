"""A fingerprint keeps its value as long as it keeps its version."""

import hashlib
from pathlib import Path

import pytest

from py_image_dedup.analysis.fingerprints import VERSIONS
from py_image_dedup.analysis.fingerprints.method import Method, registered
from tests.support.examples import example_record


@pytest.mark.parametrize("method", registered().values(), ids=lambda method: method.name)
def test_the_example_has_the_value_that_this_version_gives(tmp_path: Path, method: Method) -> None:
    record = example_record(tmp_path, (method.name,), detailed=method.name != "pixels")
    value = record.fingerprint(method.name)

    assert value is not None
    assert value.version == method.version
    assert hashlib.sha256(value.value).hexdigest()[:16] == method.example


def test_every_method_has_its_version_in_the_table_and_no_other_has() -> None:
    assert {method.name: method.version for method in registered().values()} == VERSIONS
