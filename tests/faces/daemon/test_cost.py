"""What an idle daemon costs, and how much memory it takes."""

import os
import time
from pathlib import Path

import pytest

from tests.support.amounts import amount
from tests.support.daemons import DaemonSetup, wait_until

FILES = amount(ci=10_000, nightly=100_000)
WATCHED_S = amount(ci=15, nightly=120)
MOST_OF_A_CORE = {"inotify": 0.005, "polling": 0.06}
MOST_MEMORY = 300e6
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def processor_s(pid: int) -> float:
    """What a process has used so far, asked of the kernel: a scrape would be work of its own."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS_A_SECOND


def share_of_a_core(pid: int, most: float) -> float:
    """Watched again where it was more than `most`: other work on the machine makes every step dearer, never cheaper."""
    for _ in range(4):
        before_s = processor_s(pid)
        time.sleep(WATCHED_S)
        share = (processor_s(pid) - before_s) / WATCHED_S
        if share < most:
            break
    return share


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("observer", ["inotify", "polling"])
def test_an_idle_daemon_is_cheap(setup: DaemonSetup, observer: str) -> None:
    for number in range(FILES):
        folder = setup.roots[0] / f"{number // 500}"
        if number % 500 == 0:
            folder.mkdir()
        (folder / f"{number}.jpg").write_bytes(b"no picture %d" % number)
    with setup.running(PY_IMAGE_DEDUP_DAEMON_FILE_OBSERVER=observer, wait=False) as daemon:
        wait_until(lambda: daemon.runs() >= 1, 600)
        wait_until(daemon.is_idle, 60)
        time.sleep(3)
        used = share_of_a_core(daemon.process.pid, MOST_OF_A_CORE[observer])
        memory = daemon.metric("process_resident_memory_bytes")
        walk_s = daemon.metric("py_image_dedup_watcher_walk_seconds", root="1")
        print(f"{FILES} files, {observer}: {used:.2%} of a core, {memory / 1024**2:.0f} MiB, a walk {walk_s:.2f} s")

    assert used < MOST_OF_A_CORE[observer]
    assert memory < MOST_MEMORY
