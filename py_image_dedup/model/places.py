"""Names that this program gives to its own folders and files beside the user's: no search ever looks into them."""

QUARANTINE_NAME = ".py-image-dedup-quarantine"  # one folder a volume, beside the data; holds what was put aside
OWN_PREFIX = ".py-image-dedup-"  # unfinished copies and links, named after their action; gone when it has ended


def is_own_name(name: str) -> bool:
    """Whether this directory entry was made by this program and is no picture of the user's."""
    return name.startswith(OWN_PREFIX)


def own_name(action_id: str, purpose: str) -> str:
    """A name that only this program uses, for something that is gone when the action has ended."""
    return f"{OWN_PREFIX}{action_id}.{purpose}"
