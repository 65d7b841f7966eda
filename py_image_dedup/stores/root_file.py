"""What is remembered of the roots, as one JSON file in the state directory, apart from the index: deleting that to
save space or trouble must not make the program forget how a root looked."""

import json
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.model.roots import RootSeen, Volume

VERSION = 1


class RootFile:
    """A `RootMemory` in the file at `path`. `note` hears a sentence where it cannot be read: then nothing is known.

    Raises StoreUnavailable where the disk gives no answer or takes none.
    """

    def __init__(self, path: str, *, note: Callable[[str], None] = lambda _: None) -> None:
        self._path = path
        self._note = note

    def recall(self, roots: Sequence[str]) -> dict[str, RootSeen]:
        """What is remembered of those of `roots` that had a complete run."""
        known = self._read()
        return {root: known[root] for root in roots if root in known}

    def remember(self, seen: Iterable[RootSeen]) -> None:
        """Replace what is remembered of these roots; the others stay."""
        known = self._read() | {each.root: each for each in seen}
        text = json.dumps({"version": VERSION, "roots": [_as_json(known[root]) for root in sorted(known)]}, indent=1)
        part = f"{self._path}.part"
        try:
            os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)
            with open(part, "w", encoding="ascii") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, self._path)
        except OSError as error:
            raise StoreUnavailable(f"{self._path} cannot be written: {error.strerror}. Free space, or use another"
                                   " state directory.") from error  # fmt: skip

    def _read(self) -> dict[str, RootSeen]:
        try:
            with open(self._path, encoding="ascii") as file:
                text = file.read()
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            return self._unusable(error)
        try:
            rows = json.loads(text)["roots"]
            return {row["root"]: _from_json(row) for row in rows}
        except (ValueError, TypeError, LookupError) as error:
            return self._unusable(error)

    def _unusable(self, error: Exception) -> dict[str, RootSeen]:
        self._note(f"{self._path} cannot be read ({error}); the roots are taken as they are now, and it is made anew.")
        return {}


def _as_json(seen: RootSeen) -> dict[str, Any]:
    return {
        "root": seen.root,
        "files": seen.files,
        "sample": list(map(list, seen.sample)),
        "fsid": seen.volume.fsid,
        "source": seen.volume.source,
        "missing": sorted(seen.missing),
    }


def _from_json(row: dict[str, Any]) -> RootSeen:
    sample = tuple((str(path), int(size)) for path, size in row["sample"])
    missing = frozenset(map(str, row["missing"]))
    return RootSeen(str(row["root"]), int(row["files"]), sample, Volume(int(row["fsid"]), str(row["source"])), missing)
