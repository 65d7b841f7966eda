"""A whole run over real and over fuzzed photographs: it ends, every file is accounted for, nothing is left running."""

import json
import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from py_image_dedup.model.images import ImageRecord
from py_image_dedup.stores.sqlite import SqliteStore
from py_image_dedup.wiring import INDEX_FILE
from tests.support.cli import COMMAND, CommandLine
from tests.support.drawn import drawn, encoded
from tests.support.memory import descendants, proportional_kib
from tests.support.shared import SHARED

MOST_MEMORY_KIB = 700 * 1024
SAMPLED_EVERY_S = 0.05


@dataclass
class Watched:
    """A program that has ended: what it said, and what it and all processes it started took meanwhile."""

    status: int
    out: str
    err: str
    index: Path
    seen: set[int]
    most_kib: int
    most_at_once: int


@dataclass
class Watcher:
    """Adds up the memory of a process and of all below it: proportional set sizes, so that shared pages count once."""

    process: int
    seen: set[int] = field(default_factory=set)
    most_kib: int = 0
    most_at_once: int = 0

    def look(self) -> None:
        running = [self.process, *descendants(self.process)]
        self.seen.update(running)
        self.most_at_once = max(self.most_at_once, len(running))
        self.most_kib = max(self.most_kib, sum(map(proportional_kib, running)))


def watched(command_line: CommandLine, *arguments: str) -> Watched:
    environment = command_line.environment | {"PY_IMAGE_DEDUP_ANALYSIS_THREADS": "2"}
    with (
        open(command_line.home / "out", "wb") as to_out,
        open(command_line.home / "err", "wb") as to_err,
        subprocess.Popen(
            [*COMMAND, *arguments], cwd=command_line.home, env=environment, stdout=to_out, stderr=to_err
        ) as running,
    ):
        watcher = Watcher(running.pid)
        while running.poll() is None:
            watcher.look()
            time.sleep(SAMPLED_EVERY_S)
    out, err = ((command_line.home / name).read_text() for name in ("out", "err"))
    index = command_line.home / "state" / INDEX_FILE
    return Watched(
        running.returncode, out, err, index, watcher.seen - {running.pid}, watcher.most_kib, watcher.most_at_once
    )


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All photographs at hand, the fuzzed ones included; where there are none, drawn ones and wrecks of them."""
    if (SHARED / "photos").is_dir():
        return SHARED / "photos"
    root = tmp_path_factory.mktemp("photographs")
    for number in range(60):
        content = encoded(drawn(number, 600, 450), ("JPEG", "PNG", "WEBP")[number % 3])
        (root / f"{number}.jpg").write_bytes(content)
        (root / f"{number} cut.jpg").write_bytes(content[: len(content) * number // 60])
        (root / f"{number} noise.jpg").write_bytes(content[:30] + os.urandom(3000))
    return root


@pytest.fixture(scope="module")
def run(photographs: Path, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    home = tmp_path_factory.mktemp("home")
    return watched(CommandLine(home), "deduplicate", "--dry-run", "--json", str(photographs))


def test_the_run_ends_and_tells_what_it_could_not_read(run: Watched) -> None:
    assert run.status == 3
    assert run.err == ""
    assert json.loads(run.out)["errors"]


def test_every_file_is_accounted_for(run: Watched, photographs: Path) -> None:
    report = json.loads(run.out)
    counts = report["counts"]
    on_disk = {os.path.join(folder, name) for folder, _, names in os.walk(photographs) for name in names}
    store = SqliteStore(str(run.index))
    results = [stored.result for stored in store.under([str(photographs)])]
    store.close()
    records = {result.file.path for result in results if isinstance(result, ImageRecord)}
    unreadable = {error["path"] for error in report["errors"]}

    assert records | unreadable <= on_disk
    assert records & unreadable == set()
    assert len(on_disk - records - unreadable) == counts["passed_over"]
    assert counts["files"] == counts["analysed"] == len(records) + counts["unreadable"]
    assert counts["unreadable"] == len(unreadable)
    assert all(error["reason"] for error in report["errors"])
    assert {member["path"] for group in report["groups"] for member in group["members"]} <= records


def test_no_process_outlives_the_run(run: Watched) -> None:
    assert len(run.seen) >= 2, "no worker was seen"
    assert [process for process in run.seen if is_running(process)] == []


def test_all_processes_together_take_at_most_700_mb_with_two_workers(run: Watched) -> None:
    assert run.most_at_once >= 3
    assert 50 * 1024 < run.most_kib <= MOST_MEMORY_KIB
