"""Which disk a root is on, and whether it answers."""

import time
from pathlib import Path
from threading import Event

from py_image_dedup.model.roots import Volume
from py_image_dedup.walking.volumes import look_at, look_at_roots, volume_of

LINES = (
    b"22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
    b"30 22 0:40 / /mnt/my\\040nas rw shared:1 - nfs4 nas:/my\\040photos rw\n"
    b"31 22 0:41 / /mnt/covered rw - ext4 /dev/sdb1 rw\n"
    b"32 22 0:42 / /mnt/covered rw - tmpfs tmpfs rw\n"
)


def test_the_source_is_that_of_the_nearest_mount(tmp_path: Path) -> None:
    mountinfo = tmp_path / "mountinfo"
    mountinfo.write_bytes(LINES)

    def source(folder: str) -> str:
        from py_image_dedup.walking.volumes import _source

        return _source(folder, str(mountinfo))

    assert source("/home/me") == "/dev/sda1"
    assert source("/mnt/my nas/2020") == "nas:/my photos"
    assert source("/mnt/my nasty") == "/dev/sda1"
    assert source("/mnt/covered") == "tmpfs"


def test_a_volume_is_known_by_its_file_system(tmp_path: Path) -> None:
    assert volume_of(str(tmp_path)) == volume_of(str(tmp_path.parent))
    assert volume_of(str(tmp_path)) != Volume()
    assert volume_of(str(tmp_path / "no")) == Volume()


def test_systems_without_mountinfo_have_no_source(tmp_path: Path) -> None:
    assert volume_of(str(tmp_path), str(tmp_path / "no")).source == ""


def test_a_root_that_hangs_holds_nobody_longer_than_the_deadline(tmp_path: Path) -> None:
    never = Event()

    def ask(root: str) -> Volume:
        if root == "/hangs":
            never.wait()
        return Volume(7)

    started_s = time.monotonic()
    looks = look_at(["/fine", "/hangs"], ask, 0.2)
    never.set()

    assert [(look.root, look.answers, look.volume.fsid) for look in looks] == [("/fine", True, 7), ("/hangs", False, 0)]
    assert time.monotonic() - started_s < 5


def test_a_root_that_is_missing_answers(tmp_path: Path) -> None:
    (look,) = look_at_roots([str(tmp_path / "no")])

    assert look.answers
