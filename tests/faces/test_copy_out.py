"""`copy-out`: a folder without copies, made of a library that is only read."""

from pathlib import Path

from tests.support.cli import CommandLine
from tests.support.tree import read_tree


def test_what_stays_is_copied_and_a_second_look_finds_nothing_to_remove(
    command_line: CommandLine, pictures: Path, tmp_path: Path
) -> None:
    before, out = read_tree(pictures), tmp_path / "Clean"
    going = command_line.run("deduplicate", "--json", pictures).json["plan"]["removals"]

    ended = command_line.run("copy-out", "--json", out, pictures)

    assert (ended.status, ended.json["left_out"]) == (0, len(going) + sum(len(r["companions"]) for r in going))
    assert {one["status"] for one in ended.json["copied"]} == {"done"}
    assert read_tree(pictures) == before
    left = {r["victim"]["file"]["path"] for r in going}
    for one in ended.json["copied"]:
        assert one["path"] not in left
        assert Path(one["target"]).read_bytes() == Path(one["path"]).read_bytes()
    assert command_line.run("deduplicate", "--json", out).json["plan"]["removals"] == []


def test_started_again_it_copies_only_what_is_missing(
    command_line: CommandLine, pictures: Path, tmp_path: Path
) -> None:
    out = tmp_path / "Clean"
    files = len(command_line.run("copy-out", "--json", out, pictures).json["copied"])
    first = next(path for path in out.rglob("*") if path.is_file())
    first.unlink()

    assert (
        f"Copied: 1 of {files} files, {files - 1} were there already" in command_line.run("copy-out", out, pictures).out
    )


def test_a_folder_in_the_library_is_refused_in_one_sentence(command_line: CommandLine, pictures: Path) -> None:
    ended = command_line.run("copy-out", pictures / "Clean", pictures)

    assert ended.status == 2
    assert "lie in each other; name another folder" in ended.err
    assert not (pictures / "Clean").exists()


def test_what_could_not_be_copied_is_told_with_status_3(
    command_line: CommandLine, pictures: Path, tmp_path: Path
) -> None:
    (tmp_path / "Clean/Pictures").mkdir(parents=True)
    folder = next(path for path in sorted(pictures.iterdir()) if path.is_dir())
    (tmp_path / "Clean/Pictures" / folder.name).write_text("in the way")

    ended = command_line.run("copy-out", tmp_path / "Clean", pictures)

    assert ended.status == 3
    assert f"{folder.name} is in the way and is no folder" in ended.out
