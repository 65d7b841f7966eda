"""Where all is well, health, metrics and log say so, whichever way the daemon is asked to work."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.daemons import DaemonSetup, copy_of, fetched, wait_until
from tests.support.drawn import drawn, encoded
from tests.support.inner_daemon import InnerDaemon, settings_for, soon


def with_copies(root: Path) -> None:
    for number in range(2):
        (root / f"own{number}.jpg").write_bytes(encoded(drawn(number, 64, 48), "JPEG", quality=95))
    copy_of(root / "own0.jpg", root / "copy.jpg")


def without_copies(root: Path) -> None:
    (root / "own.jpg").write_bytes(encoded(drawn(1, 64, 48), "JPEG"))


def with_a_broken_file(root: Path) -> None:
    with_copies(root)
    (root / "broken.jpg").write_bytes(b"no picture")
    (root / "empty.jpg").touch()


def with_nothing(_: Path) -> None:
    """A library to be."""


@dataclass(frozen=True)
class Kind:
    """How a daemon is asked to work, and what it does then."""

    acts: int = 0
    fill: Callable[[Path], None] = with_copies
    changed: dict[str, object] = field(default_factory=dict)


KINDS = {
    "a dry run": Kind(changed={"dry_run": True}),
    "a dry run by polling": Kind(changed={"dry_run": True, "daemon.file_observer": "polling"}),
    "an empty library": Kind(fill=with_nothing),
    "a dry run of an empty library": Kind(fill=with_nothing, changed={"dry_run": True}),
    "nothing to do": Kind(fill=without_copies),
    "no relation is acted on": Kind(changed={"deduplication.remove": []}),
    "put aside": Kind(acts=1),
    "a file that is no picture": Kind(acts=1, fill=with_a_broken_file),
    "into the trash": Kind(acts=1, changed={"deduplication.way": "trash"}),
    "replaced by links": Kind(acts=1, changed={"deduplication.way": "hardlink"}),
    "moved to a target": Kind(acts=1, changed={"deduplication.duplicates_target_directory": "target"}),
    "an index in memory": Kind(acts=1, changed={"store": "memory"}),
    "folders too": Kind(acts=1, changed={"remove_empty_folders": True}),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_daemon_that_works_as_it_was_asked_to_is_well(name: str, tmp_path: Path) -> None:
    kind, root = KINDS[name], tmp_path / "library"
    root.mkdir()
    (tmp_path / "target").mkdir()
    kind.fill(root)
    with InnerDaemon(settings_for(tmp_path, [root], **kind.changed)).running() as inner:
        assert soon(lambda: (inner.sample("py_image_dedup_runs_total", result="finished") or 0) >= 1, 60), inner.lines
        inner.daemon.probes.look()  # what is looked at after the first run, without waiting for it
        inner.daemon._check()
        status, body = fetched(inner.daemon.settings.stats.port, "/health/ready")
        done = sum(inner.sample("duplicate_action_total", action=action) or 0 for action in ("delete", "move"))

        assert (status, json.loads(body)) == (200, {"status": "ok", "problems": []}), inner.lines
        assert inner.sample("py_image_dedup_index_up") == 1.0
        assert inner.sample("py_image_dedup_watcher_up", root="1") == 1.0
        assert inner.sample("py_image_dedup_runs_total", result="failed") == 0.0
        assert done == kind.acts
        assert not [line for line in inner.lines if "cannot" in line or "could not" in line]


def test_of_two_folders_one_is_mounted_read_only(setup: DaemonSetup) -> None:
    """What is in it is left, which is no failure; what is in the other one is put aside."""
    if shutil.which("unshare") is None:
        pytest.skip("this system allows no private mounts")
    fixed, free = setup.roots
    copy_of(free / "own1.jpg", free / "copy.jpg")
    copy_of(fixed / "own0.jpg", fixed / "copy.jpg")
    mount = f'mount --bind "{fixed}" "{fixed}" && mount -o remount,ro,bind "{fixed}" && exec "$@"'
    around = ("unshare", "--mount", "sh", "-c", mount, "sh")
    with DaemonSetup(setup.home, setup.roots, around=around).running() as daemon:
        wait_until(lambda: daemon.metric("duplicate_action_total", action="delete") == 1, 30, daemon.said)
        wait_until(daemon.is_idle, 30)

        assert daemon.ready() == (200, {"status": "degraded", "problems": ["read_only"]})
        assert daemon.metric("py_image_dedup_errors_total", kind="act_failed") == 0
        assert "left: is in a folder that is mounted read-only" in daemon.said()
