"""`compare`, `find`, `verdict` and `verdicts` as a user meets them."""

import os
import shutil
from pathlib import Path

import pytest
from PIL import Image

from tests.support.cli import CommandLine
from tests.support.tree import read_tree


def scaled(source: Path, target: Path, side: float, **options: object) -> Path:
    with Image.open(source) as image:
        size = (round(image.width * side), round(image.height * side))
        image.resize(size, Image.Resampling.LANCZOS).save(target, **options)
    return target


@pytest.fixture
def card(tmp_path: Path) -> Path:
    folder = tmp_path / "card"
    folder.mkdir()
    return folder


@pytest.mark.parametrize(
    ("one", "other", "relation", "status"),
    [
        ("2023 Summer/IMG_0001.jpg", "2023 Summer/IMG_0001 copy.jpg", "same-bytes", 0),
        ("2023 Summer/IMG_0004.jpg", "Export/IMG_0004 turned.jpg", "turned", 0),
        ("2023 Summer/IMG_0005.jpg", "Export/IMG_0005 grey.jpg", "edited", 0),
        ("2023 Summer/burst/IMG_0009_1.jpg", "2023 Summer/burst/IMG_0009_2.jpg", "look-alike", 1),
        ("2023 Summer/IMG_0001.jpg", "2023 Summer/IMG_0002.jpg", None, 1),
    ],
)
def test_compare_tells_the_relation_and_its_status_is_for_scripts(
    command_line: CommandLine, pictures: Path, one: str, other: str, relation: str | None, status: int
) -> None:
    ended = command_line.run("compare", "--json", pictures / one, pictures / other)

    assert (ended.json["relation"], ended.status) == (relation, status)
    assert ended.json["evidence"]["words"]


def test_compare_grades_the_aligned_pair(command_line: CommandLine, pictures: Path) -> None:
    files = pictures / "2023 Summer/IMG_0004.jpg", pictures / "Export/IMG_0004 turned.jpg"

    assert command_line.run("compare", "--json", *files).json["grade"] > 0.95
    assert command_line.run("compare", "--min-similarity", "0.95", *files).status == 0
    assert command_line.run("compare", "--min-similarity", "1", *files).status == 1
    assert command_line.run("compare", "--min-similarity", "1.5", *files).status == 2


def test_compare_draws_both_into_a_new_file_only(command_line: CommandLine, pictures: Path, tmp_path: Path) -> None:
    files = pictures / "2023 Summer/IMG_0003.jpg", pictures / "Export/IMG_0003 bright.jpg"
    drawn = tmp_path / "drawn.png"

    assert command_line.run("compare", "--picture", drawn, *files).status == 0
    with Image.open(drawn) as image:
        assert (image.format, image.width > 3 * 700) == ("PNG", True)
    content = drawn.read_bytes()
    again = command_line.run("compare", "--picture", drawn, *files)
    assert again.status == 2
    assert "name another file" in again.err
    assert drawn.read_bytes() == content


def test_compare_names_the_file_that_cannot_be_read(command_line: CommandLine, pictures: Path, tmp_path: Path) -> None:
    sound, broken = pictures / "2023 Summer/IMG_0001.jpg", pictures / "Phone backup/IMG_0011.jpg"

    ended = command_line.run("compare", sound, broken)

    assert ended.status == 3
    assert "IMG_0011.jpg: damaged" in ended.err
    assert command_line.run("compare", sound, tmp_path / "nothing.jpg").status == 2
    assert command_line.run("compare", sound, pictures).status == 2


def test_compare_leaves_no_index_behind(command_line: CommandLine, pictures: Path) -> None:
    command_line.run("compare", pictures / "2023 Summer/IMG_0001.jpg", pictures / "2023 Summer/IMG_0002.jpg")

    assert not (command_line.home / "state" / "index.sqlite").exists()


def presences(command_line: CommandLine, *arguments: str | Path) -> dict[str, str]:
    files = command_line.run("find", "--json", *arguments).json["files"]
    return {os.path.basename(file["path"]): file["presence"] for file in files}


def test_find_tells_for_each_file_whether_the_library_has_it(
    command_line: CommandLine, pictures: Path, card: Path
) -> None:
    shutil.copy(pictures / "2023 Summer/IMG_0001.jpg", card / "same.jpg")
    scaled(pictures / "2023 Summer/IMG_0002.jpg", card / "small.jpg", 0.5, quality=70)
    scaled(pictures / "2023 Summer/IMG_0002.jpg", card / "large.jpg", 1.5, quality=90)
    shutil.move(pictures / "2023 Summer/IMG_0008.jpg", card / "new.jpg")
    command_line.run("analyse", pictures)

    found = presences(command_line, card)

    assert found == {"same.jpg": "found", "small.jpg": "found", "large.jpg": "only-smaller", "new.jpg": "new"}
    assert presences(command_line, "--smaller", card / "large.jpg") == {"large.jpg": "found"}
    assert command_line.run("find", card / "same.jpg", card / "small.jpg").status == 0
    assert command_line.run("find", card).status == 10


def test_find_lists_what_is_new_byte_for_byte(command_line: CommandLine, pictures: Path, card: Path) -> None:
    command_line.run("analyse", pictures / "Scans")
    shutil.copy(pictures / "Scans/page.png", card / "known.png")
    for name in (b"\xff\n.jpg", b"b.jpg"):
        shutil.copy(pictures / "2023 Summer/IMG_0008.jpg", os.fsencode(card) + b"/" + name)

    listed = command_line.run("find", "--list-new", "-0", card)

    assert listed.status == 10
    assert listed.out.split("\0") == [f"{card}/b.jpg", f"{card}/\udcff\n.jpg", ""]


def test_find_adds_nothing_to_the_library(command_line: CommandLine, pictures: Path, card: Path) -> None:
    command_line.run("analyse", pictures / "Scans")
    shutil.copy(pictures / "2023 Summer/IMG_0008.jpg", card / "a.jpg")
    shutil.copy(card / "a.jpg", card / "b.jpg")

    assert presences(command_line, card) == {"a.jpg": "new", "b.jpg": "new"}
    assert presences(command_line, card) == {"a.jpg": "new", "b.jpg": "new"}


def test_a_file_never_answers_for_itself(command_line: CommandLine, pictures: Path) -> None:
    alone = pictures / "2023 Summer/IMG_0008.jpg"
    command_line.run("analyse", pictures)

    assert presences(command_line, alone) == {"IMG_0008.jpg": "new"}


def test_a_file_that_is_gone_or_damaged_answers_for_nothing(
    command_line: CommandLine, pictures: Path, card: Path, tmp_path: Path
) -> None:
    library = tmp_path / "library"
    library.mkdir()
    gone, cut = library / "gone.jpg", library / "cut.jpg"
    shutil.copy(pictures / "2023 Summer/IMG_0001.jpg", gone)
    whole = (pictures / "2023 Summer/IMG_0002.jpg").read_bytes()
    cut.write_bytes(whole[: -len(whole) // 50] + b"\0" * 40)
    shutil.copy(gone, card / "a.jpg")
    scaled(pictures / "2023 Summer/IMG_0002.jpg", card / "b.jpg", 0.5)
    command_line.run("analyse", library)
    gone.unlink()

    assert "found" not in presences(command_line, card).values()


def test_find_without_a_library_is_an_error_not_an_answer(
    command_line: CommandLine, pictures: Path, tmp_path: Path
) -> None:
    ended = command_line.run("find", pictures / "2023 Summer/IMG_0001.jpg")

    assert ended.status == 2
    assert "analyse" in ended.err


def test_a_file_that_cannot_be_read_makes_the_answer_incomplete(
    command_line: CommandLine, pictures: Path, card: Path
) -> None:
    command_line.run("analyse", pictures / "Scans")
    shutil.copy(pictures / "Scans/page.png", card / "known.png")
    (card / "odd.jpg").write_bytes(b"no picture")

    ended = command_line.run("find", card, card / "missing.jpg")

    assert ended.status == 3
    assert "odd.jpg" in ended.out
    assert "missing.jpg" in ended.out


def members(command_line: CommandLine, pictures: Path) -> dict[str, str]:
    groups = command_line.run("deduplicate", "--json", pictures).json["groups"]
    return {os.path.basename(m["path"]): m["relation"] for g in groups for m in g["members"]}


def test_a_pair_that_is_judged_not_a_copy_is_never_shown_again(command_line: CommandLine, pictures: Path) -> None:
    one, other = pictures / "2023 Summer/IMG_0005.jpg", pictures / "Export/IMG_0005 grey.jpg"
    (pictures / "Phone backup/IMG_0005.jpg").unlink()
    assert members(command_line, pictures)["IMG_0005 grey.jpg"] == "edited"

    assert command_line.run("verdict", one, other, "not-a-copy").status == 0
    other.rename(pictures / "renamed.jpg")
    (command_line.home / "state" / "index.sqlite").unlink()
    assert "renamed.jpg" not in members(command_line, pictures)

    command_line.run("verdict", one, pictures / "renamed.jpg", "none")
    assert members(command_line, pictures)["renamed.jpg"] == "edited"


def test_a_pair_that_is_judged_a_series_is_not_removed(command_line: CommandLine, pictures: Path) -> None:
    one, other = pictures / "2023 Summer/IMG_0003.jpg", pictures / "Export/IMG_0003 bright.jpg"
    third = pictures / "Export/IMG_0003.png"
    command_line.run("verdict", one, other, "series")
    command_line.run("verdict", other, third, "series")

    assert members(command_line, pictures).get("IMG_0003 bright.jpg") in {None, "look-alike"}


def test_verdicts_are_listed_and_same_bytes_are_not_judged(command_line: CommandLine, pictures: Path) -> None:
    one, other = pictures / "2023 Summer/IMG_0001.jpg", pictures / "2023 Summer/IMG_0002.jpg"
    command_line.run("verdict", one, other, "copy")

    told = command_line.run("verdicts", "--json").json["verdicts"]
    refused = command_line.run("verdict", one, pictures / "2023 Summer/IMG_0001 copy.jpg", "not-a-copy")

    assert [(v["verdict"], {f["path"] for f in v["files"]}) for v in told] == [("copy", {str(one), str(other)})]
    assert refused.status == 2
    digests = [file["sha256"] for file in told[0]["files"]]
    assert command_line.run("verdict", *digests, "none").out == "Taken back.\n"
    assert command_line.run("verdicts").out == "No verdict was given yet.\n"


def test_a_question_changes_no_file(command_line: CommandLine, pictures: Path) -> None:
    command_line.run("analyse", pictures)
    before = read_tree(pictures)

    command_line.run("find", pictures)
    command_line.run("compare", pictures / "2023 Summer/IMG_0001.jpg", pictures / "2023 Summer/IMG_0002.jpg")
    command_line.run("verdict", pictures / "2023 Summer/IMG_0001.jpg", pictures / "2023 Summer/IMG_0002.jpg", "series")

    assert read_tree(pictures) == before
