"""What is exported comes back as it was; what is no export is refused."""

from pathlib import Path

import pytest

from py_image_dedup.model.errors import SettingsError
from py_image_dedup.model.images import StoredRecord
from py_image_dedup.stores import parquet
from py_image_dedup.stores.parquet import read_records, write_records
from tests.support.stored import stored, unreadable


def some() -> list[StoredRecord]:
    return [stored("/p/ä.jpg", 1), stored("/p/\udcff.jpg", 2), unreadable("/p/broken.jpg")]


def test_records_come_back_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROWS_AT_ONCE", 2)
    path = str(tmp_path / "records.parquet")

    assert write_records(path, some()) == 3
    assert list(read_records(path)) == some()


def test_no_records_are_a_file_too(tmp_path: Path) -> None:
    path = str(tmp_path / "none.parquet")

    assert write_records(path, []) == 0
    assert list(read_records(path)) == []


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"precious")

    with pytest.raises(SettingsError, match="cannot be written: File exists"):
        write_records(str(tmp_path / "there"), some())
    assert (tmp_path / "there").read_bytes() == b"precious"


@pytest.mark.parametrize("content", [b"", b"PAR1 and no more"])
def test_what_is_no_export_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other").write_bytes(content)

    with pytest.raises(SettingsError, match="cannot be read as exported records"):
        list(read_records(str(tmp_path / "other")))


def test_a_table_of_another_program_is_refused(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow.parquet import write_table

    write_table(pa.table({"path": [b"/p/a.jpg"]}), str(tmp_path / "other"))

    with pytest.raises(SettingsError, match="not written by `export`"):
        list(read_records(str(tmp_path / "other")))
