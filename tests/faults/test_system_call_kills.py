"""SIGKILL at the system calls themselves (strace): what hooks cannot reach lies within a call of ours or SQLite."""

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.faults.test_kills import told, undone
from tests.support.amounts import NIGHTLY, amount
from tests.support.scenarios import SCENARIOS, Scenario, World, clean_up, violations

pytestmark = pytest.mark.timeout(amount(ci=300, nightly=7_200))
ROOT = str(Path(__file__).resolve().parents[2])
KILLS = 4  # a scenario, by chance; nightly every call
CALLS = (
    *("renameat2", "renameat", "rename", "linkat", "symlinkat", "unlinkat", "unlink", "mkdirat", "mkdir", "rmdir"),
    *("pwrite64", "write", "fsync", "fdatasync", "fallocate", "ftruncate", "fchmod", "fsetxattr", "utimensat"),
)
ACT = """
import json, pickle, sys
from tests.support.scenarios import SCENARIOS
world, plan, name = pickle.loads(sys.stdin.buffer.read())
scenario = next(one for one in SCENARIOS if one.name == name)
with open(f"{world.base}/done", "a", encoding="ascii") as done:
    for outcome in scenario.act(world, world.disposal(scenario.ops()), plan):
        print(json.dumps(outcome), file=done, flush=True)
"""
RECOVER = """
import pickle, sys
from tests.support.scenarios import SCENARIOS
world, plan, name = pickle.loads(sys.stdin.buffer.read())
world.disposal(next(one for one in SCENARIOS if one.name == name).ops()).resume()
"""


@pytest.fixture(scope="module")
def places() -> Iterator[tuple[str, str]]:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as memory, tempfile.TemporaryDirectory() as disk:
        yield memory, disk


def under_strace(script: str, world: World, plan: object, scenario: Scenario, *options: str) -> tuple[int, str]:
    """Exit status of the script, negative for a signal, and what strace wrote."""
    import pickle

    report = Path(world.base, "strace")
    ended = subprocess.run(
        ["strace", "-f", "-qq", "-o", report, "-e", f"trace={','.join(CALLS)}", *options, sys.executable, "-c", script],
        input=pickle.dumps((world, plan, scenario.name)),
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert b"Traceback" not in ended.stderr, ended.stderr
    text = report.read_text("utf-8", "replace")
    report.unlink()
    return ended.returncode, text


def calls_in(report: str) -> list[str]:
    return re.findall(r"^\d+\s+(\w+)\(", report, re.MULTILINE)


def moments_of(scenario: Scenario, places: tuple[str, str]) -> list[tuple[str, int]]:
    """Every state-changing call of the act: its name, and which call of that name it is."""
    with tempfile.TemporaryDirectory(dir=places[0]) as base:
        world = scenario.world(f"{base}/w", places[1])
        status, report = under_strace(ACT, world, scenario.prepare(world), scenario)
        assert status == 0
        clean_up(world)
    seen: Counter[str] = Counter()
    moments = []
    for name in calls_in(report):
        seen[name] += 1
        moments.append((name, seen[name]))
    return moments


def killed_at(scenario: Scenario, places: tuple[str, str], moment: tuple[str, int], again: int) -> list[str]:
    """Kill the act, then once the recovery; recover, and say what is wrong."""
    with tempfile.TemporaryDirectory(dir=places[0]) as base:
        world = scenario.world(f"{base}/w", places[1])
        plan = scenario.prepare(world)
        Path(world.base, "done").touch()
        status, _ = under_strace(ACT, world, plan, scenario, "-e", f"inject={moment[0]}:signal=KILL:when={moment[1]}")
        assert status != 0, "nothing was killed"
        under_strace(RECOVER, world, plan, scenario, "-e", f"inject={moment[0]}:signal=KILL:when={again}")
        world.disposal(scenario.ops()).resume()
        wrong = [*violations(world, scenario, whole_lines(world)), *undone(world, scenario)]
        clean_up(world)
    return wrong


def whole_lines(world: World) -> list[tuple[str, str]]:
    """What was told; a line that the kill cut in half was not."""
    path = Path(world.base, "done")
    lines = [line for line in path.read_text("ascii").splitlines(keepends=True) if line.endswith("\n")]
    path.write_text("".join(line for line in lines if json.loads(line)))
    return told(world)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_killed_at_a_system_call_nothing_is_lost(scenario: Scenario, places: tuple[str, str]) -> None:
    moments, random = moments_of(scenario, places), Random(scenario.name)
    chosen = moments if NIGHTLY else random.sample(moments, min(KILLS, len(moments)))
    for moment in chosen:
        again = random.randint(1, 4)
        assert killed_at(scenario, places, moment, again) == [], f"killed at {moment}, in recovery at {again}"
