"""No phase of a run: the index beside the disk, for `check`. Records of files that are put aside are no difference."""

from collections.abc import Collection, Sequence

from py_image_dedup.model.differences import Difference, Fault
from py_image_dedup.model.ports import RecordStore
from py_image_dedup.phases.cleanup import IsGone


def ghosts(store: RecordStore, roots: Sequence[str], away: Collection[str], is_gone: IsGone) -> list[Difference]:
    """Records below the roots whose file is certainly gone, though no run took it away."""
    unseen = (file for file in store.files_under(roots) if file.path not in away)
    return [
        Difference(Fault.GHOST, file.path, "the index knows it, the disk does not; the next run forgets it")
        for file in unseen
        if is_gone(file.path, file.device) is True
    ]
