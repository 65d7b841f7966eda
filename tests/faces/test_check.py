"""`check` and `selftest` as a user runs them."""

import os
import tempfile
from pathlib import Path

from tests.support.cli import CommandLine
from tests.support.tree import read_tree


def aside(pictures: Path) -> list[Path]:
    return [p for p in (pictures / ".py-image-dedup-quarantine").rglob("*") if p.suffix == ".jpg"]


def test_after_a_run_all_agree(command_line: CommandLine, pictures: Path) -> None:
    command_line.run("deduplicate", "--no-dry-run", pictures)
    before = read_tree(pictures)

    ended = command_line.run("check", "--read", pictures)

    assert (ended.status, ended.out) == (0, "0 differences\n")
    assert read_tree(pictures) == before


def test_differences_are_named_and_what_records_can_mend_is_mended(command_line: CommandLine, pictures: Path) -> None:
    command_line.run("deduplicate", "--no-dry-run", pictures)
    lost, changed, *_ = aside(pictures)
    lost.unlink()
    changed.write_bytes(b"longer or shorter than it was")
    (pictures / "2023 Summer/IMG_0009.jpg").unlink(missing_ok=True)
    photographs = {p for p in pictures.rglob("*") if p.suffix in {".jpg", ".png"}}

    found = command_line.run("check", "--json", pictures)
    mended = command_line.run("check", "--repair", pictures)
    left = command_line.run("check", "--json", pictures)

    faults = {d["fault"] for d in found.json["differences"]}
    assert found.status == 3
    assert {"missing", "changed"} <= faults
    assert "track of it was lost" in mended.out
    assert not {"missing", "ghost"} & {d["fault"] for d in left.json["differences"]}
    assert {p for p in pictures.rglob("*") if p.suffix in {".jpg", ".png"}} == photographs


def test_what_the_index_knows_and_the_disk_does_not_is_named_and_forgotten(
    command_line: CommandLine, pictures: Path
) -> None:
    command_line.run("analyse", pictures)
    victim = next(p for p in sorted(pictures.rglob("*.jpg")))
    victim.unlink()

    found = command_line.run("check", pictures)
    command_line.run("check", "--repair", pictures)

    assert f"ghost: {victim}" in found.out
    assert command_line.run("check", pictures).out == "0 differences\n"


def test_a_lost_journal_is_made_anew_and_undo_works(command_line: CommandLine, pictures: Path) -> None:
    before = read_tree(pictures)
    command_line.run("deduplicate", "--no-dry-run", pictures)
    for path in (command_line.home / "state").glob("journal*"):
        path.unlink()

    assert "not-in-journal" in command_line.run("check", pictures).out
    assert command_line.run("check", "--repair", pictures).status == 0
    assert command_line.run("undo", "last").status == 0
    assert read_tree(pictures) == before


def test_a_volume_is_tried_out_and_left_as_it_was(command_line: CommandLine, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:  # a busy disk has no time for 200 kills in a minute
        ended = command_line.run("selftest", folder, TMPDIR="/dev/shm")
        left = os.listdir(folder)

    assert ended.status == 0
    assert "renames without replacing" in ended.out
    assert ended.out.splitlines()[-1].startswith("200 kills in ")
    assert ended.out.endswith(" s, 0 of them ended badly\n")
    assert left == []
    assert command_line.run("selftest", tmp_path / "gone").status == 2


def test_a_backup_is_a_state_to_go_on_with(command_line: CommandLine, pictures: Path, tmp_path: Path) -> None:
    command_line.run("deduplicate", "--no-dry-run", pictures)

    ended = command_line.run("backup", tmp_path / "backup")

    assert (ended.status, "journal.sqlite" in ended.out) == (0, True)
    assert command_line.run("undo", "--state", tmp_path / "backup", "last").status == 0
    assert command_line.run("backup", tmp_path / "backup").status == 2
