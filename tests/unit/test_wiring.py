"""Every setting reaches a part: no key is accepted and then read by nobody."""

import re
from pathlib import Path

import pytest

import py_image_dedup
from py_image_dedup.settings.schema import KEYS

PACKAGE = Path(py_image_dedup.__file__).parent
READERS = [*(PACKAGE / "wiring").glob("*.py"), *(PACKAGE / "faces").rglob("*.py")]


@pytest.mark.parametrize("key", sorted({k.path for k in KEYS}))
def test_every_setting_is_read(key: str) -> None:
    attribute = re.compile(rf"\.{re.escape(key.rsplit('.', 1)[-1])}\b")

    assert any(attribute.search(reader.read_text("utf-8")) for reader in READERS)
