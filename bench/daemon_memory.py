"""What memory a daemon takes with many pictures: python -m bench.daemon_memory [PICTURES], 100,000 as it comes.

The files are no pictures, but the index holds a record and a fingerprint for each of them, as of pictures that are all
different; so the first run searches all of them, and what is in memory is what a library of so many pictures has there.
"""

import hashlib
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bench.idle_cost import filled
from py_image_dedup.model.images import ImageRecord, StoredRecord
from py_image_dedup.stores.sqlite import SqliteStore
from py_image_dedup.walking.selection import Selection
from py_image_dedup.walking.walk import walk
from tests.support.daemons import EXTENSIONS, DaemonProcess, DaemonSetup, wait_until
from tests.support.drawn import drawn, encoded


def records(root: Path, pattern: StoredRecord) -> Iterator[StoredRecord]:
    """One for each file: that of a real picture with another content and another fingerprint."""
    chance = random.Random(1)
    record = pattern.result
    assert isinstance(record, ImageRecord)
    for file in walk([str(root)], Selection(extensions=EXTENSIONS)).files:
        content = hashlib.sha256(file.path.encode()).digest()
        prints = tuple(replace(p, value=p.value[:1] + chance.randbytes(len(p.value) - 1)) for p in record.fingerprints)
        yield StoredRecord(replace(record, file=file, sha256=content, fingerprints=prints), pattern.versions)


def known(setup: DaemonSetup, pictures: int) -> None:
    """Fill the root and its index."""
    (root,) = setup.roots
    (root / "real.jpg").write_bytes(encoded(drawn(1), "JPEG"))
    with setup.running():
        pass
    store = SqliteStore(str(setup.state / "index.sqlite"))
    (pattern,) = store.under([str(root)])
    filled(root, pictures)
    store.put_many(records(root, pattern))
    store.close()


def memory(daemon: DaemonProcess) -> str:
    """Of the daemon alone: at most, and now."""
    lines = Path(f"/proc/{daemon.process.pid}/status").read_text().splitlines()
    kib = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith(("VmHWM", "VmRSS"))}
    return f"{kib['VmHWM'] / 1024:.0f} MiB at most, {kib['VmRSS'] / 1024:.0f} MiB now"


def main(pictures: int = 100_000) -> None:
    """A first run, and one after a change, for both ways of watching."""
    with tempfile.TemporaryDirectory() as base:
        home, root = Path(base) / "home", Path(base) / "library"
        home.mkdir()
        root.mkdir()
        setup = DaemonSetup(home, [root])
        known(setup, pictures)
        for observer in ("inotify", "polling"):
            with setup.running(PY_IMAGE_DEDUP_DAEMON_FILE_OBSERVER=observer, wait=False) as daemon:
                for run, name in enumerate(("the first run", "a run after a change"), 1):
                    wait_until(lambda: daemon.runs() >= run, 3600)  # noqa: B023
                    wait_until(daemon.is_idle, 120)
                    print(f"{pictures:,} pictures, {observer}, {name}: {memory(daemon)}", flush=True)
                    (root / "0" / f"{observer}.jpg").write_bytes(observer.encode())


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
