"""Phase 1: records whose file is really gone are forgotten. "Could not look" is not "is gone"."""

from collections.abc import Callable, Sequence

from py_image_dedup.model.files import Walk
from py_image_dedup.model.ports import RecordStore

IsGone = Callable[[str], bool | None]  # True: certainly gone; None: could not be told


def vanished(store: RecordStore, walk: Walk, really_gone: IsGone) -> list[str]:
    """Paths of records below the walked roots whose file is certainly gone, in path order.

    Records of files that are there but do not count (excluded, passed over) stay: they are not searched anyway.
    """
    present = {file.path for file in walk.files}
    unseen = (stored.result.file.path for stored in store.under(walk.roots))
    return [path for path in unseen if path not in present and really_gone(path) is True]


def forget(store: RecordStore, paths: Sequence[str]) -> int:
    """Drop these records; how many there were."""
    store.remove(paths)
    return len(paths)
