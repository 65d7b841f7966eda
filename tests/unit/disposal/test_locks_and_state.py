"""Who holds a lock, in words, and which disks may carry the state."""

import os
from pathlib import Path

import pytest

from py_image_dedup.disposal.books import locks, state
from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.model.errors import LockHeld, RefusedForSafety
from tests.support.libraries import FixedClock


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"pid": "x", "host": "h", "program": "p"}', "null", "\ufffd"])
def test_an_unreadable_holder_is_another_process(text: str) -> None:
    assert locks.describe(text) == "another process"


def test_a_holder_is_named_by_process_host_and_program() -> None:
    assert locks.describe(locks.whoami(FixedClock())).startswith(f"process {os.getpid()} on ")


def test_a_lock_is_free_again_when_its_holder_has_left(tmp_path: Path) -> None:
    first, second = (locks.StateLock(str(tmp_path / "lock"), FixedClock()) for _ in range(2))

    with first, first:
        assert first.is_held
        with pytest.raises(LockHeld, match="at work on"), second:
            pass
    with second:
        assert not first.is_held


def test_a_system_without_boot_id_still_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "_BOOT_ID", str(tmp_path / "none"))

    assert '"boot": ""' in locks.whoami(FixedClock())


MOUNTS = [
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n",
    "40 22 0:50 / /mnt/nas rw - nfs4 nas:/x rw,vers=4.2\n",
    "41 22 0:51 / /mnt/pool rw master:1 - fuse.mergerfs pool rw\n",
]


@pytest.mark.parametrize(
    ("device", "kind"), [((8, 1), "ext4"), ((0, 50), "nfs4"), ((0, 51), "fuse.mergerfs"), ((9, 9), "")]
)
def test_the_kind_of_volume_is_read_from_the_mounts(
    monkeypatch: pytest.MonkeyPatch, device: tuple[int, int], kind: str
) -> None:
    class Found:
        st_dev = os.makedev(*device)

    monkeypatch.setattr(state.os, "stat", lambda path: Found())

    assert state.file_system_of("/anything", MOUNTS) == kind


@pytest.mark.parametrize("kind", ["nfs", "cifs", "fuse.sshfs", "9p"])
def test_a_journal_on_a_network_volume_is_refused_unless_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(state, "file_system_of", lambda path, mounts: kind)

    with pytest.raises(RefusedForSafety, match=f"{kind} volume"):
        Disposal(str(tmp_path), FixedClock()).resume()
    assert Disposal(str(tmp_path), FixedClock(), allow_network_state=True).resume() == []


def test_without_mountinfo_the_volume_counts_as_local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "_MOUNTS", str(tmp_path / "none"))
    assert state.wal_is_safe(str(tmp_path))
    monkeypatch.setattr(state.sys, "platform", "darwin")
    assert state.wal_is_safe(str(tmp_path))


def test_a_state_directory_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(RefusedForSafety, match="cannot be made"):
        Disposal(str(tmp_path / "file" / "state"), FixedClock()).resume()


def test_asking_for_runs_makes_nothing(tmp_path: Path) -> None:
    disposal = Disposal(str(tmp_path / "state"), FixedClock())

    assert (disposal.runs(), disposal.unfinished()) == ([], 0)
    assert list(tmp_path.iterdir()) == []
