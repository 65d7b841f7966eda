"""Runs a command where a folder is a share whose server is silent: python -m tests.support.silent_share FOLDER WORDS...

To be started in a mount namespace of its own. The server stands in a process of its own, whose number is written to
FOLDER.server: with its end every call that hangs ends with an error, as where a share is given up.
"""

import ctypes
import os
import sys
import time


def main(folder: str, words: list[str]) -> None:
    """Does not return."""
    server = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={server},rootmode=40000,user_id=0,group_id=0".encode()
    library = ctypes.CDLL(None, use_errno=True)
    if library.mount(b"silent", os.fsencode(folder), b"fuse.silent", 0, options) != 0:
        sys.exit(f"no mount: {os.strerror(ctypes.get_errno())}")
    if (keeper := os.fork()) == 0:
        os.setsid()
        time.sleep(600)
        os._exit(0)
    with open(f"{folder}.server", "w", encoding="ascii") as file:
        file.write(str(keeper))
    os.close(server)
    os.execvp(words[0], words)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
