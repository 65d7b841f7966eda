"""Whether the kernel tells of changes here: a file of ours is made in the quarantine, and its event is waited for.

The quarantine is the one folder below a root that belongs to this program. Where there is none nothing is written, and
`RootWatch.compare` has only the walk to go by.
"""

import os

from py_image_dedup.faces.daemon.events import ChangeHandler
from py_image_dedup.model.places import OWN_PREFIX, QUARANTINE_NAME

COOKIE_NAME = f"{OWN_PREFIX}watch-cookie"
ANSWER_S = 5.0


def cookie_comes_back(root: str, handler: ChangeHandler) -> bool:
    """False only where the cookie could be written and no event came within 5 s."""
    path = os.path.join(root, QUARANTINE_NAME, COOKIE_NAME)
    heard = handler.expect(path)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
    except FileExistsError:  # of a daemon that was killed
        os.unlink(path)
        return True
    except OSError:
        return True
    try:
        return heard.wait(ANSWER_S)
    finally:
        os.unlink(path)
