"""What may be removed, and how: the settings of planning as plain values."""

from dataclasses import dataclass

from py_image_dedup.keeping.rules import DEFAULT_RULES, NO_PREFERENCES, Preferences
from py_image_dedup.model.matches import Relation
from py_image_dedup.model.plans import Way

LINKS = frozenset({Way.HARDLINK, Way.REFLINK, Way.SYMLINK})


@dataclass(frozen=True, slots=True)
class PlanPolicy:
    """How stars become a plan. A look-alike is never removed, whatever `remove` says."""

    remove: frozenset[Relation]
    max_mtime_diff_ns: int | None = None  # a member further than this from the keeper's mtime is left
    way: Way = Way.QUARANTINE
    target_directory: str | None = None  # absolute; for Way.TARGET
    remove_empty_folders: bool = False
    settings_digest: str = ""
    roots: tuple[str, ...] = ()
    rules: tuple[str, ...] = DEFAULT_RULES
    preferences: Preferences = NO_PREFERENCES
    brought_back: frozenset[tuple[str, bytes]] = frozenset()  # path and content of files that `undo` brought back
    read_only_roots: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if (self.way is Way.TARGET) != (self.target_directory is not None):
            raise ValueError("a target directory belongs to Way.TARGET, and to it alone")

    @property
    def links(self) -> bool:
        """Whether a removed file's path goes on to exist, as a link to the keeper."""
        return self.way in LINKS
