"""A daemon on a mount of which the kernel tells nothing: python -m tests.support.mute_mount FOLDER, in private mounts.

The root is an overlay whose files are changed below it, as on a share that another machine writes to.
"""

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

from tests.support import inner_daemon
from tests.support.drawn import drawn, encoded
from tests.support.inner_daemon import QUICK, InnerDaemon, settings_for, soon


def main(folder: Path) -> dict[str, object]:
    """What happened; FOLDER holds `root`, the mount, and `upper/below`, a folder that the root shows."""
    inner_daemon.PACE = replace(QUICK, compare_s=0.5)
    picture = encoded(drawn(1), "JPEG", quality=95)
    unheard = folder / "upper" / "below"
    (unheard / "first.jpg").write_bytes(picture)
    inner = InnerDaemon(settings_for(folder / "home", [folder / "root"], daemon__processing_timeout="0.5"))
    with inner.running():
        watch = inner.daemon.watches[0]
        started = soon(lambda: inner.runs >= 1 and inner.is_idle)
        time.sleep(4)  # several comparisons of a mount that is quiet
        mode, runs = watch.mode.value, inner.runs
        (unheard / "copy1.jpg").write_bytes(picture)
        noticed = soon(lambda: watch.fell_back != "")
        removed = soon(lambda: inner.sample("duplicate_action_total", action="delete") == 1)
        (unheard / "copy2.jpg").write_bytes(picture)
        polled = soon(lambda: inner.sample("duplicate_action_total", action="delete") == 2)
        return {
            "at first": [started, mode, runs],
            "noticed": [noticed, watch.fell_back, watch.mode.value, "watch_fell_back" in inner.problems],
            "put aside": [removed, polled],
            "said": inner.lines,
        }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
