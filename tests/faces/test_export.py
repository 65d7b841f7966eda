"""What one machine has read spares another one the reading."""

import shutil
from pathlib import Path

from tests.support.cli import CommandLine


def test_another_state_takes_over_what_was_read(command_line: CommandLine, pictures: Path, tmp_path: Path) -> None:
    moved = Path(shutil.copytree(pictures, tmp_path / "elsewhere"))
    first = command_line.run("analyse", "--json", pictures).json["counts"]
    exported = command_line.run("export", tmp_path / "records.parquet")
    other = {"PY_IMAGE_DEDUP_STATE_DIRECTORY": str(tmp_path / "other")}

    imported = command_line.run("import", tmp_path / "records.parquet", **other)
    same = command_line.run("analyse", "--json", pictures, **other).json["counts"]
    copied = command_line.run("analyse", "--json", moved, **other).json["counts"]

    assert [exported.status, imported.status] == [0, 0]
    assert exported.out.split()[0] == imported.out.split()[0] == str(first["analysed"])
    assert first["analysed"] > 20
    assert same["analysed"] == 0
    assert copied["analysed"] == first["unreadable"]  # these are looked at again


def test_only_what_lies_below_a_folder_is_written(command_line: CommandLine, pictures: Path, tmp_path: Path) -> None:
    command_line.run("analyse", pictures)

    ended = command_line.run("export", tmp_path / "records.parquet", tmp_path / "nothing-here")

    assert ended.out.startswith("0 records")


def test_a_missing_file_is_told(command_line: CommandLine) -> None:
    ended = command_line.run("import", "/no/such.parquet")

    assert ended.status == 2
    assert "/no/such.parquet cannot be read" in ended.err
