"""How long a proof is: what every change has time for, or the long form of the night."""

import os

NIGHTLY = os.environ.get("PY_IMAGE_DEDUP_NIGHTLY", "") not in {"", "0"}


def amount(*, ci: int, nightly: int) -> int:
    """The number of cases to try."""
    return nightly if NIGHTLY else ci
