"""What the container's health check runs: asks the daemon beside it whether it is ready. Exit status 0 or 1."""

import sys
import urllib.error
import urllib.request

from py_image_dedup.model.errors import SettingsError
from py_image_dedup.settings.load import load

TIMEOUT_S = 5.0
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - where to ask, not where to listen


def main(first_process: str = "/proc/1/cmdline") -> int:
    """0 where the daemon is ready, or where this container runs something else."""
    with open(first_process, "rb") as file:
        if b"daemon" not in file.read().split(b"\0"):
            return 0
    try:
        stats = load(check_folders=False).stats
    except SettingsError as error:
        return _told(str(error))
    if not stats.enabled:
        return 0
    try:
        url = f"http://{ANYWHERE.get(stats.bind, stats.bind)}:{stats.port}/health/ready"
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        return _told(error.read().decode("utf-8", "replace"))
    except OSError as error:
        return _told(f"The daemon does not answer ({error}).")
    return 0


def _told(reason: str) -> int:
    sys.stdout.write(reason.strip() + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
