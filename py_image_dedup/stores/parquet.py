"""Records as a Parquet file: what one machine has read, for another that has the same pictures, or for other programs.

One row a file, with the columns of `RecordRow`. `path`, `sha256` and `fingerprints` are bytes, `layout` says where in
the latter each method's value lies. The schema's metadata holds `py-image-dedup`: the version of this form.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from py_image_dedup.model.errors import MissingExtra, SettingsError
from py_image_dedup.model.images import StoredRecord
from py_image_dedup.stores.rows import RecordRow, record_row, stored_record

MARK = b"py-image-dedup"
VERSION = b"1"
ROWS_AT_ONCE = 10_000  # 5 MB
_BYTES = frozenset({"path", "sha256", "fingerprints"})
_TEXTS = frozenset({"result", "layout", "versions"})


def write_records(path: str, records: Iterable[StoredRecord]) -> int:
    """Write a new file, and give the number of records. Raises SettingsError where it cannot be made, or exists."""
    arrow, parquet = _libraries()
    schema, rest, written = _schema(arrow), iter(records), 0
    try:
        with open(path, "xb") as file, parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            while rows := [record_row(record) for record in islice(rest, ROWS_AT_ONCE)]:
                columns = [
                    arrow.array(column, type=f.type) for column, f in zip(zip(*rows, strict=True), schema, strict=True)
                ]
                writer.write_table(arrow.Table.from_arrays(columns, schema=schema))
                written += len(rows)
    except OSError as error:
        raise SettingsError([f"{path} cannot be written: {error.strerror or error}; name another file."]) from error
    return written


def read_records(path: str) -> Iterator[StoredRecord]:
    """The records of a file. Raises SettingsError where it cannot be read or is something else."""
    for number in range(group_count(path)):
        yield from read_group(path, number)


def group_count(path: str) -> int:
    """How many groups of at most 10,000 records the file holds. Raises SettingsError as `read_records` does."""
    with _opened(path) as file:
        return int(file.num_row_groups)


def read_group(path: str, number: int) -> list[StoredRecord]:
    """The records of one of these groups. Raises SettingsError as `read_records` does."""
    with _opened(path) as file:
        columns = file.read_row_group(number, columns=list(RecordRow._fields)).columns
        return list(map(stored_record, zip(*(column.to_pylist() for column in columns), strict=True)))


@contextmanager
def _opened(path: str) -> Iterator[Any]:
    arrow, parquet = _libraries()
    try:
        with parquet.ParquetFile(path) as file:
            if (file.schema_arrow.metadata or {}).get(MARK) != VERSION:
                raise SettingsError([f"{path} was not written by `export` of this program, or by a newer version."])
            yield file
    except (OSError, arrow.ArrowException, ValueError, TypeError, LookupError) as error:
        raise SettingsError([f"{path} cannot be read as exported records ({error})."]) from error


def _schema(arrow: Any) -> Any:
    kinds = {
        name: arrow.binary() if name in _BYTES else arrow.string() if name in _TEXTS else arrow.int64()
        for name in RecordRow._fields
    }
    return arrow.schema(list(kinds.items()), metadata={MARK: VERSION})


def _libraries() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise MissingExtra("A Parquet file", "parquet") from error
    return pa, parquet
