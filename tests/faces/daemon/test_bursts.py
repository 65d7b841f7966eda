"""Bursts larger than the kernel's queue: the index holds what is on the disk within 60 s after quiet."""

import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from tests.support.amounts import amount
from tests.support.daemons import DaemonSetup, wait_until
from tests.support.drawn import drawn, encoded

FILES_A_FOLDER = 500
WITHIN_S = 60.0
MOST_MEMORY = 300e6  # however many events come at once


class Writer:
    """Makes, renames, rewrites, moves and removes; every hundredth file is a picture, the others only look like one."""

    def __init__(self, root: Path, outside: Path, seed: int) -> None:
        self.root, self.outside = root, outside
        self.random = random.Random(seed)
        self.picture = encoded(drawn(seed, 64, 48), "PNG")
        self.burst_number = 0
        self.watched = [root / f"watched{number}" for number in range(20)]
        for folder in self.watched:
            folder.mkdir()

    def burst(self, files: int) -> None:
        self.burst_number += 1
        for folder in list(self.root.glob("burst*")):
            self._disturb(folder)
        for folder in self.watched:
            for path in list(folder.iterdir()):
                path.unlink()
        for number in range(files):
            new = self.root / f"burst{self.burst_number}-{number // FILES_A_FOLDER}"
            # Only folders that are watched already fill the queue; only new ones test the arming of watches.
            self._arrive(new if number % 4 == 0 else self.random.choice(self.watched), number)

    def _arrive(self, folder: Path, number: int) -> None:
        if number % FILES_A_FOLDER == 0:
            folder.mkdir()
        number += self.burst_number * 1_000_000
        unique = b"%d %d" % (self.burst_number, number)
        content = self.picture if number % 100 == 0 else b"no picture " + unique
        name = folder / (f".{number}.part" if number % 3 == 0 else f"{number}.jpg")
        name.write_bytes(content)
        if number % 3 == 0:
            os.rename(name, folder / f"{number}.jpg")

    def _disturb(self, folder: Path) -> None:
        choice = self.random.randrange(4)
        if choice == 0:
            shutil.rmtree(folder)
        elif choice == 1:
            os.rename(folder, self.outside / folder.name)
        elif choice == 2:
            os.rename(folder, folder.with_name(folder.name + "x"))
        else:
            for path in sorted(folder.iterdir())[::7]:
                path.write_bytes(b"changed %d" % self.random.randrange(10**9))


@pytest.mark.timeout(6 * 3600)
def test_nothing_is_missed_and_no_ghost_stays_after_bursts_that_overflow_the_queue(
    setup: DaemonSetup, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    writer = Writer(setup.roots[0], outside, seed=1)
    setup.environment.update(
        DEDUPLICATION_REMOVE="same-bytes", DEDUPLICATION_MAX_FILES="1000000"
    )  # a night's burst: 1,000
    with setup.running() as daemon:
        for burst in range(1, amount(ci=5, nightly=50) + 1):
            daemon.process.send_signal(signal.SIGSTOP)  # the reader stalls, so that the kernel's queue runs over
            writer.burst(amount(ci=20_000, nightly=100_000))
            daemon.process.send_signal(signal.SIGCONT)
            woken_s = time.monotonic()
            wait_until(lambda: overflows(daemon.metrics()) >= burst, 30, daemon.said()[-2000:])  # noqa: B023
            noticed_s = time.monotonic() - woken_s
            took_s = setup.wait_for_index(daemon, WITHIN_S)
            print(f"burst {burst}: overflow noticed after {noticed_s:.1f} s, index equals disk after {took_s:.1f} s")
            assert noticed_s < 5
            assert noticed_s + took_s < WITHIN_S
        assert daemon.ready()[0] == 200
        assert daemon.metric("process_resident_memory_bytes") < MOST_MEMORY


def overflows(metrics: dict[tuple[str, frozenset[tuple[str, str]]], float]) -> float:
    return metrics.get(("py_image_dedup_errors_total", frozenset({("kind", "overflow")})), 0.0)
