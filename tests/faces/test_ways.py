"""The ways to remove, as a user asks for them: each leaves what it says, and undo takes it back to the byte."""

import os
from pathlib import Path

import pytest

from tests.support.cli import CommandLine, Ended
from tests.support.tree import read_tree


def act(command_line: CommandLine, pictures: Path, way: str) -> Ended:
    return command_line.run("deduplicate", "--no-dry-run", "--json", "--way", way, pictures)


def removals(ended: Ended) -> list[tuple[str, str]]:
    """Victim and keeper of each removal."""
    groups = ended.json["groups"]
    return [(m["path"], g["keeper"]) for g in groups for m in g["members"] if m["action"] == "remove"]


@pytest.mark.parametrize("way", ["hardlink", "symlink"])
def test_a_link_to_the_file_that_stays_takes_the_place_of_its_copy(
    command_line: CommandLine, pictures: Path, way: str
) -> None:
    before = read_tree(pictures)

    acted = removals(act(command_line, pictures, way))

    assert len(acted) >= 2  # only where the bytes are the same: what a name stands for does not change
    assert all(os.path.samefile(victim, keeper) for victim, keeper in acted)
    assert {os.path.islink(victim) for victim, _ in acted} == {way == "symlink"}
    assert removals(act(command_line, pictures, way)) == []  # links are no copies
    assert command_line.run("undo", "last").status == 0
    assert read_tree(pictures) == before


def test_a_volume_that_cannot_share_blocks_says_so_and_nothing_is_touched(
    command_line: CommandLine, pictures: Path
) -> None:
    before = read_tree(pictures)

    ended = act(command_line, pictures, "reflink")

    if ended.json["counts"]["removed"]:  # btrfs, XFS, bcachefs: the same content under every name
        assert all(Path(victim).read_bytes() == Path(keeper).read_bytes() for victim, keeper in removals(ended))
        assert command_line.run("undo", "last").status == 0
    else:
        assert "the volume cannot share blocks between files (btrfs, XFS and bcachefs can)" in ended.out
        assert ended.json["counts"]["refused"] == len(removals(ended))
    assert ended.status == 3
    assert read_tree(pictures) == before


def test_the_trash_of_the_desktop_holds_what_went_with_a_record_of_each(
    command_line: CommandLine, pictures: Path
) -> None:
    before = read_tree(pictures)

    acted = removals(act(command_line, pictures, "trash"))

    (trash,) = (path for path in command_line.home.parent.rglob("*") if (path / "info").is_dir())
    trashed = {path.name for path in (trash / "files").iterdir()}
    assert {path.stem for path in (trash / "info").iterdir()} == trashed
    assert len(trashed) >= len(acted)
    assert not any(os.path.lexists(victim) for victim, _ in acted)
    assert command_line.run("undo", "last").status == 0
    assert read_tree(pictures) == before


def test_a_way_that_contradicts_the_target_folder_is_refused_before_anything(
    command_line: CommandLine, pictures: Path, tmp_path: Path
) -> None:
    target = {"PY_IMAGE_DEDUP_DEDUPLICATION_DUPLICATES_TARGET_DIRECTORY": str(tmp_path)}

    both = command_line.run("deduplicate", "--way", "trash", pictures, **target)
    neither = command_line.run("deduplicate", "--way", "target", pictures)

    assert (both.status, neither.status) == (2, 2)
    assert "leave one of them out" in both.err
    assert "it needs deduplication.duplicates_target_directory" in neither.err
