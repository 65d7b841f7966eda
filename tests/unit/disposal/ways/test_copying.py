"""Copies that were named go again, whatever the disk answers."""

import errno
import os
from pathlib import Path

from py_image_dedup.disposal.volume.held import Holding
from py_image_dedup.disposal.volume.posix import PosixFiles
from py_image_dedup.disposal.ways.copying import withdraw
from py_image_dedup.disposal.ways.units import Spot


class Denying(PosixFiles):
    """Renames, and says that it cannot."""

    def rename_no_replace(self, source_folder: int, source: str, folder: int, name: str) -> None:
        super().rename_no_replace(source_folder, source, folder, name)
        raise OSError(errno.EINVAL, "no such rename")


def test_a_copy_is_withdrawn_though_the_answer_to_its_rename_is_wrong(tmp_path: Path) -> None:
    Path(tmp_path, "a.jpg").write_text("a copy")
    ops = Denying()

    with Holding(ops) as holding:
        descriptor = holding.keep(os.open(tmp_path / "a.jpg", os.O_RDONLY))
        assert withdraw(ops, Spot(holding.top(str(tmp_path)), "a.jpg"), descriptor, "id")

    assert os.listdir(tmp_path) == []
