"""Roots that are not what they were: no record is dropped, no file is touched, nothing is read again afterwards."""

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.support.privileges import python_in_private_mounts
from tests.support.root_cycles import FAULTS

CYCLES = "import sys; from tests.support.root_cycles import cycles; cycles(sys.argv[1], int(sys.argv[2]))"
# A FUSE mount whose server never says a word: whoever looks at it waits for ever.
SILENT_MOUNT = """
import ctypes, os, sys, time
libc = ctypes.CDLL(None, use_errno=True)
server = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={server},rootmode=40000,user_id=0,group_id=0".encode()
if libc.mount(b"silent", os.fsencode(sys.argv[1]), b"fuse.silent", 0, options) != 0:
    print("no mount", os.strerror(ctypes.get_errno()))
    sys.exit()
from py_image_dedup.walking.volumes import look_at_roots
started_s = time.monotonic()
looks = look_at_roots([sys.argv[1], sys.argv[2]], deadline_s=0.5)
print([look.answers for look in looks], time.monotonic() - started_s < 5, flush=True)
os._exit(0)  # a thread hangs in the system
"""


def _cycles(folder: Path, rounds: int) -> None:
    found = json.loads(
        python_in_private_mounts([], CYCLES, str(folder), str(rounds), timeout_s=6 * rounds).splitlines()[-1]
    )

    assert Counter(cycle["fault"] for cycle in found) == dict.fromkeys(FAULTS, rounds // len(FAULTS))
    assert [c for c in found if not (c["refused"] and c["told"])] == []
    assert [c for c in found if c["rows_dropped"] or c["files_gone"] or c["read_after_return"]] == []


@pytest.mark.timeout(350)
def test_50_times_a_root_is_away_and_nothing_is_dropped_or_touched(tmp_path: Path) -> None:
    _cycles(tmp_path, 50)


@pytest.mark.nightly
@pytest.mark.timeout(1_500)
def test_200_times_a_root_is_away_and_nothing_is_dropped_or_touched(tmp_path: Path) -> None:
    _cycles(tmp_path, 200)


@pytest.mark.skipif(sys.platform != "linux", reason="FUSE as Linux has it")
def test_a_mount_whose_server_is_silent_does_not_hold_the_run(tmp_path: Path) -> None:
    silent, fine = tmp_path / "a", tmp_path / "b"
    silent.mkdir()
    fine.mkdir()

    said = python_in_private_mounts([], SILENT_MOUNT, str(silent), str(fine))

    if said.startswith("no mount"):
        pytest.skip(said)
    assert said == "[False, True] True\n"
