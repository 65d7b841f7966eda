"""A library in use, random kills, a root that goes and comes: nothing is lost, nothing grows."""

import hashlib
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import linear_regression

import pytest

from tests.support.amounts import NIGHTLY, amount
from tests.support.daemons import DaemonProcess, DaemonSetup, wait_until
from tests.support.drawn import drawn, encoded

TROUBLED_S = amount(ci=45, nightly=300)
STEADY_S = amount(ci=45, nightly=600)
STEADY_PAUSE_S = 2.0  # a slope is asked for at a pace that a library knows: 1,800 new files an hour
MOST_GROWTH_MIB_PER_HOUR = 1.0
MOST_GROWTH_MIB = 4.0  # what a short run can tell: a page here and there is no slope


class Users:
    """Make pictures, copies of pictures and rubbish; rename and move. A picture's content is never removed by them."""

    def __init__(self, roots: list[Path]) -> None:
        self.roots = roots
        self.random = random.Random(1)
        self.pictures = [encoded(drawn(seed, 48, 32), "JPEG") for seed in range(20)]
        self.written: set[bytes] = set()
        self.number = 0
        self.pause_s = 0.15
        self._ended = threading.Event()

    def work(self) -> None:
        while not self._ended.wait(self.pause_s):
            self.number += 1
            root = self.random.choice(self.roots)
            try:
                self._one(root / f"folder{self.random.randrange(5)}")
            except FileNotFoundError:  # the root was taken away under them, or the daemon was quicker
                continue

    def _one(self, folder: Path) -> None:
        os.mkdir(folder) if not folder.exists() else None
        content = self.random.choice(self.pictures)
        temporary, final = folder / f".{self.number}.part", folder / f"{self.number}.jpg"
        temporary.write_bytes(content)
        os.rename(temporary, final)
        self.written.add(hashlib.sha256(content).digest())
        (folder / "rubbish.jpg").write_bytes(b"%d" % self.number)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        self._ended.clear()
        thread = threading.Thread(target=self.work, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()


def conserved(users: Users, places: list[Path]) -> bool:
    """Invariant I1: every content ever written is still somewhere, in the library or put aside."""
    return users.written <= {digest for place in places for digest in digests(place)}


def digests(place: Path) -> Iterator[bytes]:
    for path in place.rglob("*.jpg"):
        try:
            yield hashlib.sha256(path.read_bytes()).digest()
        except FileNotFoundError:  # moved between two looks: it is found where it is now, or at the next check
            continue


def trouble(setup: DaemonSetup, users: Users, aside: Path) -> None:
    """Kills at random moments, and a root that goes away and returns."""
    ends_s = time.monotonic() + TROUBLED_S
    chance = random.Random(2)
    while time.monotonic() < ends_s:
        with setup.running(wait=False) as daemon:
            time.sleep(chance.uniform(1, 6))
            if chance.random() < 0.3:
                setup.roots[1].rename(aside)
                time.sleep(chance.uniform(0.5, 3))
                if setup.roots[1].exists():  # the users are quick
                    raise AssertionError("a writer made the root anew")
                aside.rename(setup.roots[1])
                time.sleep(1)
            daemon.process.send_signal(signal.SIGKILL)
            daemon.process.wait()
        wait_until(lambda: conserved(users, list(setup.roots)), 10, "a content is lost")


def figures(daemon: DaemonProcess) -> tuple[float, int, int]:
    """Resident memory in MiB, open files, threads."""
    folder = Path(f"/proc/{daemon.process.pid}")
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    return int(status["VmRSS"].split()[0]) / 1024, len(list((folder / "fd").iterdir())), int(status["Threads"])


@pytest.mark.timeout(1800)
def test_nothing_is_lost_and_nothing_grows(setup: DaemonSetup, tmp_path: Path) -> None:
    users = Users(list(setup.roots))
    with users.at_work():
        trouble(setup, users, tmp_path / "aside")
        users.pause_s = STEADY_PAUSE_S
        with setup.running() as daemon:
            time.sleep(STEADY_S / 3)  # caches fill
            taken = []
            started_s = time.monotonic()
            while time.monotonic() - started_s < STEADY_S:
                taken.append((time.monotonic() - started_s, *figures(daemon)))
                time.sleep(0.5)
            assert conserved(users, list(setup.roots)) or conserved(users, list(setup.roots))
            runs = daemon.runs()
    times, memory, files, threads = (list(column) for column in zip(*taken, strict=True))
    lows = [(t, m) for t, m, f in zip(times, memory, files, strict=True) if f <= sorted(files)[len(files) // 2]]
    slope_mib_s = linear_regression([t for t, _ in lows], [m for _, m in lows]).slope
    growth = min(m for t, m in lows if t > STEADY_S / 2) - min(m for t, m in lows if t <= STEADY_S / 2)
    print(f"{runs:.0f} runs; memory {min(memory):.0f} to {max(memory):.0f} MiB, slope {slope_mib_s * 3600:.2f} MiB/h")
    assert runs >= 2
    assert growth < MOST_GROWTH_MIB
    assert not NIGHTLY or slope_mib_s * 3600 < MOST_GROWTH_MIB_PER_HOUR
    assert max(threads) - min(threads) <= 5
    assert sorted(files)[len(files) // 2] - min(files) <= 5
