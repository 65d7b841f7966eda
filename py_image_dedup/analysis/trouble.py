"""Why a picture could not be read, on its way up to where it becomes an `Unreadable`."""

from py_image_dedup.model.images import UnreadableKind


class Trouble(Exception):
    """One file cannot be read. `reason` is a sentence for the user, without the path."""

    def __init__(self, kind: UnreadableKind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
