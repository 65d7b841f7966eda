"""`purge` removes for good, and only while the file that stayed is there."""

from pathlib import Path

from tests.support.cli import CommandLine


def kept_and_gone(report: dict[str, list[dict[str, str]]]) -> list[tuple[str, str]]:
    return [(g["keeper"], m["path"]) for g in report["groups"] for m in g["members"] if m["action"] == "remove"]  # type: ignore[attr-defined,index]


def test_nothing_goes_before_the_retention_is_over(command_line: CommandLine, pictures: Path) -> None:
    command_line.run("deduplicate", "--no-dry-run", pictures)

    purged = command_line.run("purge", "--yes", "--json", pictures)

    assert purged.json == {"purged": []}


def test_what_was_put_aside_goes_and_cannot_come_back(command_line: CommandLine, pictures: Path) -> None:
    acted = command_line.run("deduplicate", "--no-dry-run", "--json", pictures).json

    purged = command_line.run("purge", "--yes", "--now", "--json", pictures)

    assert purged.status == 0
    assert len(purged.json["purged"]) >= len(kept_and_gone(acted))
    assert command_line.run("undo", "last").status == 4


def test_a_copy_whose_keeper_is_gone_stays(command_line: CommandLine, pictures: Path) -> None:
    acted = command_line.run("deduplicate", "--no-dry-run", "--json", pictures).json
    keeper = kept_and_gone(acted)[0][0]
    Path(keeper).unlink()

    purged = command_line.run("purge", "--yes", "--now", "--json", pictures)

    stayed = {p["original"] for p in purged.json["purged"] if p["status"] != "done"}
    assert purged.status == 3
    assert {gone for kept, gone in kept_and_gone(acted) if kept == keeper} <= stayed


def test_without_a_terminal_it_must_be_said_in_words(command_line: CommandLine, pictures: Path) -> None:
    command_line.run("deduplicate", "--no-dry-run", pictures)

    assert command_line.run("purge", "--now", pictures).status == 4
    assert command_line.run("undo", "last").status == 0
