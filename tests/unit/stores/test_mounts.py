"""Which file systems are taken for shared ones."""

from pathlib import Path

import pytest

from py_image_dedup.stores.mounts import file_system, is_shared

MOUNTINFO = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /mnt/nas rw,relatime shared:2 - nfs4 nas:/photos rw,vers=4.2
31 22 0:41 / /mnt/with\\040space rw - cifs //nas/photos rw
32 22 0:42 / /mnt/nas/local rw - xfs /dev/vdb rw
33 22 0:43 / /home/me/remote rw - fuse.sshfs me@host: rw
34 22 0:44 / /over rw - ext4 /dev/vdc rw
35 34 0:45 / /over rw - 9p share rw
36 22 0:46 / /mnt/m\\303\\251 rw - tmpfs tmpfs rw
"""


@pytest.fixture
def mountinfo(tmp_path: Path) -> str:
    (tmp_path / "mountinfo").write_text(MOUNTINFO)
    return str(tmp_path / "mountinfo")


@pytest.mark.parametrize(
    ("folder", "kind", "shared"),
    [
        ("/", "ext4", False),
        ("/home/me", "ext4", False),
        ("/mnt/nas", "nfs4", True),
        ("/mnt/nas/state/deep", "nfs4", True),
        ("/mnt/nasty", "ext4", False),
        ("/mnt/nas/local/state", "xfs", False),
        ("/mnt/with space/state", "cifs", True),
        ("/home/me/remote/state", "fuse.sshfs", True),
        ("/over/state", "9p", True),
        ("/mnt/mé/state", "tmpfs", False),
    ],
)
def test_the_innermost_and_last_mount_decides(mountinfo: str, folder: str, kind: str, shared: bool) -> None:
    assert (file_system(folder, mountinfo), is_shared(folder, mountinfo)) == (kind, shared)


def test_a_system_that_does_not_tell_is_taken_for_local(tmp_path: Path) -> None:
    assert file_system("/", f"{tmp_path}/none") is None
    assert not is_shared("/", f"{tmp_path}/none")
