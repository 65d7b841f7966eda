"""Files read by a real Dask cluster on this machine: the same result as at home, also where workers die."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from py_image_dedup.analysis import cluster
from py_image_dedup.analysis.cluster import ClusterAnalyser, read_batch
from py_image_dedup.analysis.file_analyser import FileAnalyser
from py_image_dedup.analysis.limits import AnalysisLimits
from py_image_dedup.model.errors import DedupError, SettingsError
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import Analysed
from py_image_dedup.walking.selection import Selection
from py_image_dedup.walking.walk import walk
from tests.house.house import ROOT
from tests.support.cli import CommandLine
from tests.support.daemons import free_port

METHODS = ("pdq",)
LIMITS = AnalysisLimits()


class Cluster:
    """A scheduler and three workers, each a process of its own."""

    def __init__(self, base: Path) -> None:
        self._base, port = base, free_port()
        self.address = f"dask://127.0.0.1:{port}"
        self._processes = [self._start("scheduler", "--host", "127.0.0.1", "--port", str(port))]
        self._worker = ("worker", f"tcp://127.0.0.1:{port}", "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny")
        self.workers = [self._start(*self._worker) for _ in range(3)]

    def _start(self, kind: str, *arguments: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *arguments, "--no-dashboard"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
        with open(self._base / f"{kind}.log", "ab") as log:
            return subprocess.Popen(command, cwd=self._base, env=environment, stdout=log, stderr=log)

    def kill_a_worker(self) -> None:
        worker = self.workers.pop()
        worker.send_signal(signal.SIGKILL)
        worker.wait()

    def kill_the_scheduler(self) -> None:
        self._processes[0].send_signal(signal.SIGKILL)

    def wait(self) -> None:
        from distributed import Client

        with Client(f"tcp://{self.address.removeprefix('dask://')}", timeout=60, set_as_default=False) as client:
            client.wait_for_workers(len(self.workers), timeout=60)

    def close(self) -> None:
        for process in [*self.workers, *self._processes]:
            process.kill()
            process.wait()


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path)
    try:
        made.wait()
        yield made
    finally:
        made.close()


def files_in(folder: Path) -> Sequence[ImageFile]:
    return walk([str(folder)], Selection()).files


def on(dask: Cluster) -> ClusterAnalyser:
    return ClusterAnalyser(dask.address, FileAnalyser(1, LIMITS, METHODS), LIMITS, METHODS)


def by_path(results: Sequence[Analysed]) -> dict[str, Analysed]:
    assert max(Counter(result.file.path for result in results).values()) == 1
    return {result.file.path: result for result in results}


def test_of_three_workers_one_is_killed_and_every_file_is_read_once(
    dask: Cluster, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "FILES_AT_ONCE", 2)
    files = files_in(pictures)
    home = by_path(list(FileAnalyser(1, LIMITS, METHODS).analyse(files)))
    results = []

    for result in on(dask).analyse(files):
        results.append(result)
        if len(results) == 5:
            dask.kill_a_worker()

    assert by_path(results) == home
    assert len(home) > 20


def test_no_more_is_handed_out_than_the_workers_have_in_hand(
    dask: Cluster, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "FILES_AT_ONCE", 1)
    files, taken, most_out = files_in(pictures), 0, 0

    def asked_for() -> Iterator[ImageFile]:
        nonlocal taken
        for file in files:
            taken += 1
            yield file

    for done, _ in enumerate(on(dask).analyse(asked_for())):
        most_out = max(most_out, taken - done)

    assert taken == len(files) > 20
    assert 3 <= most_out <= cluster.BATCHES_A_THREAD * 3 + 1


def test_a_cluster_that_is_lost_is_one_sentence(dask: Cluster, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "FILES_AT_ONCE", 1)
    analyser = on(dask).analyse(files_in(pictures))
    next(analyser)
    dask.kill_the_scheduler()

    with pytest.raises(DedupError, match=f"The cluster at {dask.address} was lost"):
        list(analyser)


def test_what_no_worker_survives_is_read_at_home(pictures: Path) -> None:
    from distributed import KilledWorker

    class Killing:
        def result(self) -> None:
            raise KilledWorker("read_batch", None, 3)

    files = files_in(pictures)[:3]
    here = FileAnalyser(1, LIMITS, METHODS)
    analyser = ClusterAnalyser("dask://nowhere:1", here, LIMITS, METHODS)

    assert by_path(list(analyser._results(Killing(), files))) == by_path(list(here.analyse(files)))


def test_a_run_on_the_cluster_finds_what_a_run_at_home_finds(
    dask: Cluster, pictures: Path, command_line: CommandLine, tmp_path: Path
) -> None:
    plans = []
    for name, more in (("home", []), ("cluster", ["--on", dask.address])):
        state = {"PY_IMAGE_DEDUP_STATE_DIRECTORY": str(tmp_path / name)}
        read = command_line.run("analyse", "--json", *more, pictures, **state)
        assert read.status in {0, 3}, read.err
        plan = tmp_path / f"{name}.json"
        command_line.run("deduplicate", "--dry-run", "--skip-analyse-phase", "--plan", plan, pictures, **state)
        plans.append((read.json["counts"], plan.read_bytes()))

    assert plans[0] == plans[1]


def test_a_mount_that_is_another_device_with_other_inodes_is_the_same(pictures: Path) -> None:
    files = [replace(file, device=file.device + 1, inode=file.inode + 1) for file in files_in(pictures)[:3]]

    read = read_batch(FileAnalyser(1, LIMITS, METHODS).versions, LIMITS, METHODS, files)

    assert sorted(result.file.path for result, _ in read) == sorted(file.path for file in files)
    assert {result.file for result, _ in read} == set(files)
    assert all(hasattr(result, "sha256") for result, _ in read)


def test_a_worker_of_another_version_is_refused() -> None:
    with pytest.raises(DedupError, match="A worker reads with"):
        read_batch((("pdq", 0),), LIMITS, METHODS, [])


def test_a_cluster_that_is_not_there_is_told(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_S", 1)
    here = FileAnalyser(1, LIMITS, METHODS)

    for address, words in ((f"dask://127.0.0.1:{free_port()}", "no Dask scheduler"), ("spark://h:1", "is no cluster")):
        with pytest.raises(SettingsError, match=words):
            list(ClusterAnalyser(address, here, LIMITS, METHODS).analyse(files_in(pictures)))


def test_what_two_machines_exported_is_joined_here_and_on_the_cluster_alike(
    dask: Cluster, pictures: Path, command_line: CommandLine, tmp_path: Path
) -> None:
    exports = []
    for name in ("one", "two"):
        state = {"PY_IMAGE_DEDUP_STATE_DIRECTORY": str(tmp_path / name)}
        command_line.run("analyse", pictures, **state)
        exports.append(tmp_path / f"{name}.parquet")
        command_line.run("export", exports[-1], **state)

    here = command_line.run("join", *exports)
    there = command_line.run("join", "--on", dask.address, *exports)
    alone = command_line.run("join", exports[0])

    pairs = [json.loads(line) for line in here.out.splitlines()]
    sides = Counter((Path(pair["left_in"]).stem, Path(pair["right_in"]).stem) for pair in pairs)
    itself = [pair for pair in pairs if pair["left"] == pair["right"]]
    assert here.status == there.status == 0, there.err
    assert sorted(here.out.splitlines()) == sorted(there.out.splitlines())
    assert len(itself) > 20
    assert all(pair["same_bytes"] and pair["left_in"] != pair["right_in"] for pair in itself)
    assert sides["one", "one"] == sides["two", "two"] == len(alone.out.splitlines()) > 5
    assert sides["one", "two"] == 2 * sides["one", "one"] + len(itself)
