"""What the machine gives where nothing is set: number of processors, home and data folder."""

import os
import sys
from collections.abc import Mapping

PROGRAM = "py-image-dedup"


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def home_folder(environ: Mapping[str, str]) -> str:
    """The user's home; "~" where the system knows none, as for a user id without an account."""
    return environ.get("HOME") or os.path.expanduser("~")


def data_folder(environ: Mapping[str, str], home: str) -> str | None:
    """The platform's folder for a program's own data; None where no home is known.

    Linux and others: XDG Base Directory Specification, which ignores relative paths.
    """
    if sys.platform == "win32" and environ.get("LOCALAPPDATA"):
        return os.path.join(environ["LOCALAPPDATA"], PROGRAM)
    shared = environ.get("XDG_DATA_HOME", "")
    if os.path.isabs(shared):
        return os.path.join(shared, PROGRAM)
    if not os.path.isabs(home):
        return None
    below = ("Library", "Application Support") if sys.platform == "darwin" else (".local", "share")
    return os.path.join(home, *below, PROGRAM)
