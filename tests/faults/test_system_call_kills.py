"""SIGKILL at the system calls themselves (strace): what hooks cannot reach lies within a call of ours or SQLite."""

import ctypes
import os
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from tests.faults.test_kills import FINISHED, KILLED, act, ended, forked, recover, told, undone
from tests.support.amounts import NIGHTLY, amount
from tests.support.scenarios import SCENARIOS, Scenario, clean_up, violations

pytestmark = pytest.mark.timeout(amount(ci=300, nightly=7_200))
KILLS = 2_000  # by chance; nightly at every call
CALLS = (
    *("renameat2", "renameat", "rename", "linkat", "symlinkat", "unlinkat", "unlink", "mkdirat", "mkdir", "rmdir"),
    *("pwrite64", "write", "fsync", "fdatasync", "fallocate", "ftruncate", "fchmod", "fchown", "fsetxattr"),
    *("utimensat", "openat", "openat2"),
)
OPENING = ("openat", "openat2")  # changes something where it creates
PR_SET_PTRACER, ANYBODY = 0x59616D61, -1  # prctl(2): where Yama lets a process be watched by its parents only
Moment = tuple[str, int]  # name of a call, and which call of that name


@pytest.fixture(scope="module")
def places() -> Iterator[tuple[str, str]]:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as memory, tempfile.TemporaryDirectory() as disk:
        yield memory, disk


def watched(work: Callable[[], None], report: Path, *options: str) -> int:
    """Do the work in a child that strace watches from its first call on; exit status, negative for a signal."""
    waiting, go = os.pipe()

    def work_when_watched() -> None:
        os.close(go)
        ctypes.CDLL(None).prctl(PR_SET_PTRACER, ANYBODY, 0, 0, 0)
        os.read(waiting, 1)
        work()

    child = forked(work_when_watched)
    strace = ["strace", "-f", "-o", str(report), "-e", f"trace={','.join(CALLS)}", *options, "-p", str(child)]
    with subprocess.Popen(strace, stderr=subprocess.PIPE) as watcher:
        assert watcher.stderr is not None
        said = watcher.stderr.readline()
        os.write(go, b".")
        status = ended(child)
    os.close(waiting)
    os.close(go)
    assert b"attached" in said, said
    return status


def moments_in(report: Path) -> list[Moment]:
    """Every call that changed something: its name, and which call of that name it was."""
    seen: Counter[str] = Counter()
    moments = []
    for line in report.read_text("utf-8", "replace").splitlines():
        if call := re.match(r"\d+\s+(\w+)\(", line):
            seen[call[1]] += 1
            if call[1] not in OPENING or "O_CREAT" in line:
                moments.append((call[1], seen[call[1]]))
    return moments


def moments_of(scenario: Scenario, places: tuple[str, str]) -> list[Moment]:
    with tempfile.TemporaryDirectory(dir=places[0]) as base:
        world = scenario.world(f"{base}/w", places[1])
        plan, report = scenario.prepare(world), Path(base, "strace")
        assert watched(lambda: act(world, scenario, at_no_hook, plan), report) == FINISHED
        clean_up(world)
        return moments_in(report)


def killed_at(scenario: Scenario, places: tuple[str, str], moment: Moment, again: Moment) -> tuple[list[str], int]:
    """Kill the act, then the recovery if it comes so far; recover; what is wrong then, and how often it was killed."""
    with tempfile.TemporaryDirectory(dir=places[0]) as base:
        world = scenario.world(f"{base}/w", places[1])
        plan, report = scenario.prepare(world), Path(base, "strace")
        Path(world.base, "done").touch()
        died = watched(lambda: act(world, scenario, at_no_hook, plan), report, *killing(moment))
        assert died in {KILLED, FINISHED}  # now and then it has a call less than when they were counted
        died_again = watched(lambda: recover(world, scenario, at_no_hook), report, *killing(again))
        assert died_again in {KILLED, FINISHED}
        world.disposal(scenario.ops()).resume()
        wrong = [*violations(world, scenario, told(world)), *undone(world, scenario)]
        clean_up(world)
    return wrong, (died == KILLED) + (died_again == KILLED)


def killing(moment: Moment) -> tuple[str, str]:
    return "-e", f"inject={moment[0]}:signal=KILL:when={moment[1]}"


def at_no_hook(moment: str, name: str) -> None:
    """Nothing: strace does it."""


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_killed_at_a_system_call_nothing_is_lost(scenario: Scenario, places: tuple[str, str]) -> None:
    moments, random = moments_of(scenario, places), Random(scenario.name)
    random.shuffle(moments)
    share, kills = len(moments) if NIGHTLY else -(-KILLS // len(SCENARIOS)), 0
    for moment in moments:
        again = (random.choice(moments)[0], random.randint(1, 6))
        wrong, died = killed_at(scenario, places, moment, again)
        assert wrong == [], f"killed at {moment}, in recovery at {again}"
        kills += died
        if not NIGHTLY and kills >= share:
            break
    assert kills >= share
