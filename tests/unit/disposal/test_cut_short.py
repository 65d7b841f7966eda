"""Every act cut short before each of its changes, and refused at each of its calls, within this process.

`tests/faults` does the same by SIGKILL and by chance; here each moment has its turn, and every line can be seen to run.
"""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from dataclasses import replace

import pytest

from py_image_dedup.disposal.volume.fsops import FileOps, Volume
from py_image_dedup.disposal.volume.posix import PosixFiles
from py_image_dedup.model.errors import DedupError
from py_image_dedup.model.plans import Plan
from tests.support.hooks import Counting, Hooked, hooked_journal
from tests.support.scenarios import SCENARIOS, Scenario, World, clean_up, violations


class Cut(BaseException):
    """The process is gone: nothing that runs on the way out may change anything any more."""


class CutAt:
    """A hook that ends everything from the n-th moment on."""

    def __init__(self, moment: int) -> None:
        self.left = moment

    def __call__(self, moment: str, name: str) -> None:
        self.left -= moment == "before"
        if self.left <= 0:
            raise Cut


class TwoVolumes(PosixFiles):
    """The target counts as another volume, though it lies in memory too: syncs of a disk are not the question here."""

    def volume(self, folder: int) -> Volume:
        is_target = "/target-" in os.readlink(f"/proc/self/fd/{folder}") + "/"
        return super().volume(folder)._replace(mount=2 if is_target else 1)


@pytest.fixture(scope="module")
def places() -> Iterator[tuple[str, str]]:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as memory:
        os.mkdir(f"{memory}/other")
        yield memory, f"{memory}/other"


def files_of(scenario: Scenario) -> FileOps:
    return TwoVolumes() if scenario.across else scenario.ops()


class RefusedAt:
    """A hook that refuses the n-th moment: before the call, or after it, as a lost answer of a network disk."""

    def __init__(self, moment: int, number: int) -> None:
        self.left, self.number = moment, number

    def __call__(self, moment: str, name: str) -> None:
        self.left -= 1
        if self.left == 0:
            raise OSError(self.number, os.strerror(self.number))


def prepared(scenario: Scenario, world: World) -> Plan:
    return replace(scenario, ops=lambda: files_of(scenario)).prepare(world)


def run(scenario: Scenario, world: World, hook: Counting | CutAt | RefusedAt) -> list[tuple[str, str]]:
    """What is called done; an act that cannot go on ends with a sentence of ours."""
    the_plan, done = prepared(scenario, world), []
    commits = nullcontext() if isinstance(hook, RefusedAt) else hooked_journal(hook)
    with commits, suppress(Cut, DedupError):
        done.extend(scenario.act(world, world.disposal(Hooked(files_of(scenario), hook)), the_plan))
    return done


def recover(scenario: Scenario, world: World, moment: int) -> None:
    hook = CutAt(moment)
    with hooked_journal(hook), suppress(Cut):
        world.disposal(Hooked(files_of(scenario), hook)).resume()


def moments_of(scenario: Scenario, places: tuple[str, str]) -> list[str]:
    with tempfile.TemporaryDirectory(dir=places[0]) as base:
        world, counting = scenario.world(f"{base}/w", places[1]), Counting()
        run(scenario, world, counting)
        clean_up(world)
    return counting.moments


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_cut_short_before_any_change_and_again_in_the_recovery_one_start_converges(
    scenario: Scenario, places: tuple[str, str]
) -> None:
    before = [moment for moment in moments_of(scenario, places) if moment.startswith("before")]
    for moment in range(1, len(before) + 1):
        with tempfile.TemporaryDirectory(dir=places[0]) as base:
            world = scenario.world(f"{base}/w", places[1])
            done = run(scenario, world, CutAt(moment))
            recover(scenario, world, 1 + moment % 4)
            world.disposal(files_of(scenario)).resume()
            assert violations(world, scenario, done) == [], f"cut short before change {moment}"
            clean_up(world)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_refused_at_any_change_nothing_is_lost_and_nothing_is_called_done_that_is_not(
    scenario: Scenario, places: tuple[str, str]
) -> None:
    calls = [moment for moment in moments_of(scenario, places) if not moment.endswith("commit")]
    for moment in range(1, len(calls) + 1):
        with tempfile.TemporaryDirectory(dir=places[0]) as base:
            world = scenario.world(f"{base}/w", places[1])
            done = run(scenario, world, RefusedAt(moment, (errno.EIO, errno.EACCES)[moment % 3 == 0]))
            world.disposal(files_of(scenario)).resume()
            assert violations(world, scenario, done) == [], f"refused at {moment}"
            clean_up(world)
