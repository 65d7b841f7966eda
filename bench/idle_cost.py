"""What an idle daemon costs: python -m bench.idle_cost [FILES [SECONDS]], 100,000 files and 120 s as it comes.

The files are no pictures, so that the first run is short; what an idle daemon does is the same. Processor time and
memory are the daemon's own (its workers have ended), a look at its metrics of 15 ms at both ends included.
"""

import sys
import tempfile
import time
from pathlib import Path

from tests.support.daemons import DaemonSetup, wait_until

FILES_A_FOLDER = 500


def filled(root: Path, files: int) -> None:
    """Files that look like pictures by their name."""
    for number in range(files):
        folder = root / f"{number // FILES_A_FOLDER}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.jpg").write_bytes(b"no picture %d" % number)


def cost(setup: DaemonSetup, observer: str, seconds: float) -> str:
    """One line."""
    with setup.running(PY_IMAGE_DEDUP_DAEMON_FILE_OBSERVER=observer, wait=False) as daemon:
        wait_until(lambda: daemon.runs() >= 1, 1800)
        wait_until(daemon.is_idle, 120)
        before_s = daemon.metric("process_cpu_seconds_total")
        time.sleep(seconds)
        used = (daemon.metric("process_cpu_seconds_total") - before_s) / seconds
        memory_mib = daemon.metric("process_resident_memory_bytes") / 1024**2
        walk_s = daemon.metric("py_image_dedup_watcher_walk_seconds", root="1")
    return f"{observer}: {used:.2%} of a core, {memory_mib:.0f} MiB, a walk {walk_s:.2f} s"


def main(files: int = 100_000, seconds: int = 120) -> None:
    """Both ways of watching, one after the other, on one library."""
    with tempfile.TemporaryDirectory() as base:
        home, root = Path(base) / "home", Path(base) / "library"
        home.mkdir()
        filled(root, files)
        setup = DaemonSetup(home, [root])
        for observer in ("inotify", "polling"):
            print(f"{files:,} files, {cost(setup, observer, seconds)}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
