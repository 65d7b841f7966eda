"""The unit for systemd is one that systemd takes, and fits what the daemon tells it."""

import re
import shutil
import subprocess
from pathlib import Path

from py_image_dedup.faces.daemon.daemon import PACE
from py_image_dedup.model.errors import LockHeld, RefusedForSafety, SettingsError

UNIT = (Path(__file__).resolve().parents[2] / "docs" / "py-image-dedup.service").read_text("utf-8")


def setting(name: str) -> str:
    (value,) = re.findall(rf"^{name}=(.*)$", UNIT, re.MULTILINE)
    return str(value)


def test_systemd_has_nothing_to_say_against_the_unit(tmp_path: Path) -> None:
    assert shutil.which("systemd-analyze"), "apt install systemd"
    unit = tmp_path / "py-image-dedup.service"
    unit.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/sh", UNIT, flags=re.MULTILINE))
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_an_unknown_key_would_be_noticed(tmp_path: Path) -> None:
    unit = tmp_path / "py-image-dedup.service"
    unit.write_text("[Service]\nExecStart=/bin/sh\nWatchdogSeconds=60\n")
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )

    assert "WatchdogSeconds" in checked.stderr


def test_the_unit_fits_the_daemon() -> None:
    """Readiness and life are told; what a restart does not help is not restarted; a stop has more than it needs."""
    assert setting("Type") == "notify"
    assert int(setting("WatchdogSec")) > 2 * PACE.supervisor_stuck_s
    assert int(setting("TimeoutStopSec")) > 5
    statuses = {error.exit_status for error in (SettingsError, RefusedForSafety, LockHeld)}
    assert {int(word) for word in setting("RestartPreventExitStatus").split()} == statuses
