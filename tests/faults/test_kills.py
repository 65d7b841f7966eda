"""kill -9 at every moment of every act, and again inside the recovery: nothing lost, one restart converges."""

import json
import os
import signal
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from tests.support.amounts import amount
from tests.support.hooks import At, Counting, Hooked, hooked_journal
from tests.support.libraries import snapshot
from tests.support.scenarios import SCENARIOS, Scenario, World, clean_up, violations

pytestmark = pytest.mark.timeout(amount(ci=300, nightly=7_200))
KILLS = amount(ci=2_000, nightly=10_000)
KILLED, FINISHED = -signal.SIGKILL, 0


@pytest.fixture(scope="module")
def places() -> Iterator[tuple[str, str]]:
    """Two volumes: memory, where syncs are quick, and the disk."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as memory, tempfile.TemporaryDirectory() as disk:
        assert os.stat(memory).st_dev != os.stat(disk).st_dev
        yield memory, disk


def kill(moment: str, name: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def in_child(work: Callable[[], None]) -> int:
    """Run in a forked process; its exit status, negative for a signal."""
    return ended(forked(work))


def forked(work: Callable[[], None]) -> int:
    """Begin in a child process."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - the child must never return into the test
            traceback.print_exc()
            os._exit(77)
        os._exit(0)
    return child


def ended(child: int) -> int:
    """Wait for a child; its exit status, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def act(world: World, scenario: Scenario, hook: Callable[[str, str], None], the_plan: object) -> None:
    """The scenario under a hook; what it calls done is written down at once, as a user would see it."""
    with open(f"{world.base}/done", "a", encoding="ascii") as done, hooked_journal(hook):
        disposal = world.disposal(Hooked(scenario.ops(), hook))
        for path, at in scenario.act(world, disposal, the_plan):
            print(json.dumps([path, at]), file=done, flush=True)


def recover(world: World, scenario: Scenario, hook: Callable[[str, str], None]) -> None:
    with hooked_journal(hook):
        world.disposal(Hooked(scenario.ops(), hook)).resume()


def told(world: World) -> list[tuple[str, str]]:
    return [tuple(json.loads(line)) for line in Path(world.base, "done").read_text("ascii").splitlines()]


def moments_of(scenario: Scenario, places: tuple[str, str]) -> list[str]:
    with tempfile.TemporaryDirectory(dir=places[0]) as base:
        world = scenario.world(f"{base}/w", places[1])
        the_plan, counting = scenario.prepare(world), Counting()
        act(world, scenario, counting, the_plan)
        assert violations(world, scenario, told(world)) == []
        clean_up(world)
    return counting.moments


def killed_and_recovered(
    scenario: Scenario, places: tuple[str, str], moment: int, again: int | None
) -> tuple[list[str], int]:
    """Kill at a moment, with `again` also in the recovery; what is wrong then, and how often it was killed."""
    with tempfile.TemporaryDirectory(dir=places[0]) as base:
        world = scenario.world(f"{base}/w", places[1])
        the_plan = scenario.prepare(world)
        status = in_child(lambda: act(world, scenario, At(moment, kill), the_plan))
        assert status in {KILLED, FINISHED}
        kills = int(status == KILLED)
        if again is not None:
            status = in_child(lambda: recover(world, scenario, At(again, kill)))
            assert status in {KILLED, FINISHED}
            kills += int(status == KILLED)
        world.disposal(scenario.ops()).resume()
        wrong = violations(world, scenario, told(world))
        settled = snapshot(world.root)
        again_said = world.disposal(scenario.ops()).resume()
        if again_said or snapshot(world.root) != settled:
            wrong.append(f"a second recovery found more to do: {again_said}")
        wrong.extend(undone(world, scenario))
        clean_up(world)
    return wrong, kills


def undone(world: World, scenario: Scenario) -> list[str]:
    """After undo everything is where it was; purged files excepted."""
    if scenario.purges or "run-1" not in {run.run_id for run in world.disposal().runs()}:
        return []
    list(world.disposal(scenario.ops()).undo("run-1"))
    found = {path: (kept.kind, kept.content, kept.mode) for path, kept in snapshot(world.root).items()}
    wanted = world_as_made(world)
    return [
        f"undo left {path!r}"
        for path in sorted(found.keys() ^ wanted.keys() | {p for p in found if found[p] != wanted.get(p)})
    ]


def world_as_made(world: World) -> dict[str, tuple[str, bytes, int]]:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as base:
        made = SCENARIOS[0].world(f"{base}/w", base)
        return {
            path.replace(made.root, world.root, 1): (kept.kind, kept.content, kept.mode)
            for path, kept in snapshot(made.root).items()
        }


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_killed_at_any_moment_nothing_is_lost_and_one_restart_converges(
    scenario: Scenario, places: tuple[str, str]
) -> None:
    moments, random = moments_of(scenario, places), Random(scenario.name)
    share, kills, count = -(-KILLS // len(SCENARIOS)), 0, 0
    while kills < share:
        count += 1
        moment = count if count <= len(moments) else random.randint(1, len(moments))
        again = None if count <= len(moments) else random.randint(1, 40)
        wrong, died = killed_and_recovered(scenario, places, moment, again)
        assert wrong == [], f"killed at {moment} ({moments[moment - 1]}), in recovery at {again}"
        kills += died
