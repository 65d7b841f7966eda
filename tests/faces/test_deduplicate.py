"""`deduplicate`, `apply`, `undo` and `status` as a user meets them."""

import json
import os
from pathlib import Path

import pytest

from tests.support.cli import CommandLine
from tests.support.tree import read_tree

PHASES = [
    "Phase 1/6: Cleaning up database ...",
    "Phase 2/6: Counting files ...",
    "Phase 3/6: Analyzing files",
    "Phase 4/6: Finding duplicate files ...",
    "Phase 5/6: Removing duplicates ...",
    "Phase 6/6: Removing empty folders - Skipping",
]


def removed(groups: list[dict[str, object]]) -> set[str]:
    return {m["path"] for g in groups for m in g["members"] if m["action"] == "remove"}  # type: ignore[attr-defined]


def test_a_dry_run_tells_the_phases_and_the_plan_and_changes_nothing(command_line: CommandLine, pictures: Path) -> None:
    before = read_tree(pictures)

    ended = command_line.run("deduplicate", "--dry-run", pictures)

    assert ended.status == 3  # the demo library has one damaged file
    assert ended.out.splitlines()[0] == "==> DRY RUN! No files or folders will actually be deleted! <=="
    assert [line for line in ended.out.splitlines() if line.startswith("Phase")] == PHASES
    assert "IMG_0001 copy.jpg" in ended.out
    assert "IMG_0011.jpg: damaged" in ended.out
    assert "Files deleted: 0" in ended.out
    assert read_tree(pictures) == before


def test_what_is_removed_comes_back_whole(command_line: CommandLine, pictures: Path) -> None:
    before = read_tree(pictures)

    acted = command_line.run("deduplicate", "--no-dry-run", "--json", pictures).json
    gone = {path for path in removed(acted["groups"]) if not os.path.lexists(path)}
    undone = command_line.run("undo", "last")

    assert gone == removed(acted["groups"])
    assert len(gone) >= 8
    assert undone.status == 0
    assert read_tree(pictures) == before


def test_what_undo_brought_back_stays_until_it_is_to_go_again(command_line: CommandLine, pictures: Path) -> None:
    before = read_tree(pictures)
    gone = removed(command_line.run("deduplicate", "--no-dry-run", "--json", pictures).json["groups"])
    undone = command_line.run("undo", "last")

    shown = command_line.run("deduplicate", "--no-dry-run", pictures)
    after = read_tree(pictures)
    again = command_line.run("deduplicate", "--no-dry-run", "--again", "--json", pictures).json

    assert "What came back stays: no run puts it aside but `deduplicate --again`." in undone.out
    assert shown.out.count("left: was brought back by undo and stays; deduplicate --again puts it aside") == len(gone)
    assert "Files deleted: 0" in shown.out
    assert after == before
    assert removed(again["groups"]) == gone
    assert not any(os.path.lexists(path) for path in gone)


def test_a_journal_that_cannot_be_read_does_not_stop_the_looking(command_line: CommandLine, pictures: Path) -> None:
    command_line.run("deduplicate", "--no-dry-run", pictures)
    command_line.run("undo", "last")
    (command_line.home / "state" / "journal.sqlite").write_bytes(b"no database" * 1000)

    ended = command_line.run("deduplicate", "--dry-run", pictures)

    assert ended.status == 3  # one file is damaged
    assert "journal.sqlite cannot be used" in ended.out
    assert "to go" in ended.out


def test_the_second_run_after_removal_finds_nothing_to_remove(command_line: CommandLine, pictures: Path) -> None:
    command_line.run("deduplicate", "--no-dry-run", pictures)

    again = command_line.run("deduplicate", "--no-dry-run", "--json", pictures).json

    assert removed(again["groups"]) == set()


def test_as_shipped_a_run_is_a_dry_run(command_line: CommandLine, pictures: Path) -> None:
    before = read_tree(pictures)

    command_line.run("deduplicate", pictures)

    assert read_tree(pictures) == before


@pytest.mark.parametrize("flags", [["-dr"], ["--dry-run"], ["--dry-run", "--no-dry-run"], ["--no-dry-run", "-dr"]])
def test_dry_run_wins_over_file_environment_and_every_other_flag(
    command_line: CommandLine, pictures: Path, flags: list[str]
) -> None:
    before = read_tree(pictures)
    (command_line.home / "py_image_dedup.yaml").write_text("py_image_dedup:\n  dry_run: false\n")

    ended = command_line.run("deduplicate", *flags, pictures, PY_IMAGE_DEDUP_DRY_RUN="false")

    assert "DRY RUN" in ended.out
    assert read_tree(pictures) == before


def test_only_the_relations_that_are_asked_for_go(command_line: CommandLine, pictures: Path) -> None:
    report = command_line.run("deduplicate", "--relations", "same-bytes", "--json", pictures).json
    relations = {m["relation"] for g in report["groups"] for m in g["members"] if m["action"] == "remove"}

    assert relations == {"same-bytes"}


def test_a_plan_is_written_read_by_a_person_and_applied_later(
    command_line: CommandLine, pictures: Path, tmp_path: Path
) -> None:
    plan_file = tmp_path / "plan.json"
    command_line.run("deduplicate", "--plan", plan_file, pictures)
    plan = json.loads(plan_file.read_text())
    spared = plan["removals"].pop()["victim"]["file"]["path"]
    plan_file.write_text(json.dumps(plan))

    applied = command_line.run("apply", plan_file)

    assert applied.status == 0
    assert os.path.exists(spared)
    assert not any(os.path.lexists(r["victim"]["file"]["path"]) for r in plan["removals"])


def test_a_file_that_changed_since_the_plan_stays(command_line: CommandLine, pictures: Path, tmp_path: Path) -> None:
    plan_file = tmp_path / "plan.json"
    command_line.run("deduplicate", "--plan", plan_file, pictures)
    victim = json.loads(plan_file.read_text())["removals"][0]["victim"]["file"]["path"]
    Path(victim).write_bytes(b"edited since")

    applied = command_line.run("apply", plan_file)

    assert applied.status == 3
    assert Path(victim).read_bytes() == b"edited since"


def test_a_target_directory_keeps_the_tree(command_line: CommandLine, pictures: Path, tmp_path: Path) -> None:
    target = tmp_path / "duplicates"
    target.mkdir()

    ended = command_line.run(
        "deduplicate",
        "--no-dry-run",
        "--json",
        pictures,
        PY_IMAGE_DEDUP_DEDUPLICATION_DUPLICATES_TARGET_DIRECTORY=str(target),
    )
    gone = removed(ended.json["groups"])

    assert gone
    assert all((target / path.lstrip("/")).is_file() for path in gone)


def test_emptied_folders_go_and_come_back(command_line: CommandLine, pictures: Path) -> None:
    only_copies = pictures / "only copies" / "below"
    only_copies.mkdir(parents=True)
    (only_copies / "z copy.jpg").write_bytes((pictures / "2023 Summer" / "IMG_0001.jpg").read_bytes())
    os.utime(only_copies / "z copy.jpg", (0, 0))
    before = read_tree(pictures)
    rehearsed = command_line.run("deduplicate", "--json", pictures, PY_IMAGE_DEDUP_REMOVE_EMPTY_FOLDERS="true").json

    acted = command_line.run(
        "deduplicate", "--no-dry-run", "--json", pictures, PY_IMAGE_DEDUP_REMOVE_EMPTY_FOLDERS="true"
    ).json

    assert not only_copies.parent.exists()
    assert rehearsed["run"]["folders"] == acted["run"]["folders"]
    command_line.run("undo", "last")
    assert read_tree(pictures) == before


def test_status_names_the_runs(command_line: CommandLine, pictures: Path) -> None:
    assert "No run has removed anything yet." in command_line.run("status").out
    run = command_line.run("deduplicate", "--no-dry-run", "--json", pictures).json["run"]["id"]

    told = command_line.run("status", "--json").json

    assert [r["run_id"] for r in told["runs"]] == [run]
    assert told["runs"][0]["away"] >= 8


def test_analyse_fills_the_index_and_a_run_can_do_without_reading(command_line: CommandLine, pictures: Path) -> None:
    analysed = command_line.run("analyse", pictures)
    skipped = command_line.run("deduplicate", "-sap", "--json", pictures)

    assert [line for line in analysed.out.splitlines() if line.startswith("Phase")] == [
        "Phase 1/2: Counting files ...",
        "Phase 2/2: Analyzing files",
    ]
    assert removed(skipped.json["groups"])
    assert skipped.json["counts"]["analysed"] == 0


def test_json_is_one_object_with_everything_that_was_found(command_line: CommandLine, pictures: Path) -> None:
    report = command_line.run("deduplicate", "--json", pictures).json

    assert set(report) == {"run", "plan", "counts", "errors", "groups", "elsewhere"}
    member = report["groups"][0]["members"][1]
    assert set(member) >= {"path", "relation", "distance", "evidence", "rank", "rule", "action"}
    assert report["groups"][0]["keeper"] == report["groups"][0]["members"][0]["path"]
    assert [e["path"] for e in report["errors"]] == [str(pictures / "Phone backup" / "IMG_0011.jpg")]


def test_names_that_are_not_utf8_travel_as_lone_surrogates(command_line: CommandLine, tmp_path: Path) -> None:
    from PIL import Image

    place = tmp_path / "odd"
    place.mkdir()
    picture = os.fsencode(place) + b"/\xff\xfe.jpg"
    Image.effect_mandelbrot((200, 200), (-2, -1, 1, 1), 90).convert("RGB").save(tmp_path / "plain.jpg")
    content = (tmp_path / "plain.jpg").read_bytes()
    for name in (picture, os.fsencode(place / "a.jpg")):
        with open(name, "wb") as file:
            file.write(content)

    ended = command_line.run("deduplicate", "--no-dry-run", "--json", place)

    assert "\\udcff\\udcfe.jpg" in ended.out
    paths = {m["path"] for g in ended.json["groups"] for m in g["members"]}
    assert os.fsdecode(picture) in paths
