"""A poll waits for a run that is at work, and tells afterwards what changed beside it."""

import time
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler

from py_image_dedup.faces.daemon.polling import PollingObserver
from py_image_dedup.model.files import Walk
from py_image_dedup.walking.selection import Selection
from py_image_dedup.walking.walk import walk
from tests.support.inner_daemon import soon


class Heard(FileSystemEventHandler):
    def __init__(self) -> None:
        self.paths: list[str] = []

    def on_any_event(self, event: FileSystemEvent) -> None:
        self.paths.append(str(event.src_path))


def test_what_changes_beside_a_run_is_told_after_it(tmp_path: Path) -> None:
    walks: list[Walk] = []
    runs = [True]

    def walked(root: str) -> Walk:
        walks.append(walk([root], Selection(extensions=frozenset({".jpg"}))))
        return walks[-1]

    heard = Heard()
    observer = PollingObserver(str(tmp_path), heard, walked, lambda: runs[0])
    observer.start()
    try:
        assert soon(lambda: len(walks) == 1)
        (tmp_path / "new.jpg").write_bytes(b"x")
        time.sleep(2.5)  # two polls
        assert (len(walks), heard.paths) == (1, [])

        runs[0] = False
        assert soon(lambda: heard.paths == [str(tmp_path / "new.jpg")])
    finally:
        observer.stop()
        observer.join()
