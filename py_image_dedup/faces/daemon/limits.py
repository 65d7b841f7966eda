"""How many watches the kernel allows: where they did not suffice, a changed limit is the reason to try again."""

from contextlib import suppress

SETTINGS = (  # of the system, and of the user namespace (user_namespaces(7))
    "/proc/sys/fs/inotify/max_user_watches",
    "/proc/sys/fs/inotify/max_user_instances",
    "/proc/sys/user/max_inotify_watches",
    "/proc/sys/user/max_inotify_instances",
)


def inotify_limits() -> tuple[str, ...]:
    """As they are now; nothing where there are none."""
    found = []
    for path in SETTINGS:
        with suppress(OSError), open(path, encoding="ascii") as file:
            found.append(file.read())
    return tuple(found)
