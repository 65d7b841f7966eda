"""Phase 1: records whose file is really gone are forgotten. "Could not look" is not "is gone"."""

from collections.abc import Callable, Sequence

from py_image_dedup.model.files import Walk
from py_image_dedup.model.ports import RecordStore

IsGone = Callable[[str, int], bool | None]  # path, device it was on -> True: certainly gone; None: could not be told


def vanished(store: RecordStore, walk: Walk, really_gone: IsGone) -> list[str]:
    """Paths of records below the walked roots whose file is certainly gone, in path order.

    Records of files that are there but do not count (excluded, passed over) stay: they are not searched anyway.
    """
    present = {file.path for file in walk.files}
    unseen = (file for file in store.files_under(walk.roots) if file.path not in present)
    return [file.path for file in unseen if really_gone(file.path, file.device) is True]


def forget(store: RecordStore, paths: Sequence[str]) -> int:
    """Drop these records; how many there were."""
    store.remove(paths)
    return len(paths)
