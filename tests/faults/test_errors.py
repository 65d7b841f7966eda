"""The system refuses a call: before its effect, or after it, as a lost answer of a network disk. Nothing is lost and
nothing is called done that is not; one start without errors converges."""

import errno
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random

import pytest

from py_image_dedup.disposal.books.journal import JournalUnusable
from py_image_dedup.model.errors import DedupError
from tests.support.amounts import amount
from tests.support.hooks import Counting, Hooked, hooked_journal
from tests.support.scenarios import SCENARIOS, Scenario, World, clean_up, violations

pytestmark = pytest.mark.timeout(amount(ci=300, nightly=7_200))
ERRORS = amount(ci=1_500, nightly=10_000)
NUMBERS = [
    *(errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM),
    *(errno.ESTALE, errno.EMFILE, errno.ENOENT, errno.EEXIST, errno.EINVAL, errno.EBUSY),
]
MAKE_NAMES = {"create_file", "mkdir", "link", "symlink", "rename_no_replace"}  # only these can answer EEXIST


class Failing:
    """A hook that lets the n-th moment fail; with `lasting`, every one after it too."""

    def __init__(self, moment: int, number: int, *, lasting: bool = False) -> None:
        self.left, self.number, self.lasting = moment, number, lasting
        self.failed_at = ""

    def __call__(self, moment: str, name: str) -> None:
        self.left -= 1
        if self.left == 0 or (self.lasting and self.left < 0):
            self.failed_at = self.failed_at or f"{moment} {name}"
            if name == "commit":
                raise JournalUnusable("the journal cannot be used")
            number = self.number if self.number != errno.EEXIST or name in MAKE_NAMES else errno.EIO
            raise OSError(number, "injected")


@pytest.fixture(scope="module")
def places() -> Iterator[tuple[str, str]]:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as memory, tempfile.TemporaryDirectory() as disk:
        yield memory, disk


def run(scenario: Scenario, world: World, hook: Callable[[str, str], None]) -> list[tuple[str, str]]:
    """What the scenario calls done; that it ends with one of our own sentences is no fault."""
    the_plan, done = scenario.prepare(world), []
    with hooked_journal(hook):
        act = scenario.act(world, world.disposal(Hooked(scenario.ops(), hook, None)), the_plan)
        with suppress(DedupError):
            done.extend(act)
    return done


def with_error(scenario: Scenario, places: tuple[str, str], failing: Failing) -> list[str]:
    with tempfile.TemporaryDirectory(dir=places[0]) as base:
        world = scenario.world(f"{base}/w", places[1])
        done = run(scenario, world, failing)
        world.disposal(scenario.ops()).resume()
        wrong = violations(world, scenario, done)
        clean_up(world)
    return wrong


def moments_of(scenario: Scenario, places: tuple[str, str]) -> list[str]:
    with tempfile.TemporaryDirectory(dir=places[0]) as base:
        world, counting = scenario.world(f"{base}/w", places[1]), Counting()
        run(scenario, world, counting)
        clean_up(world)
    return counting.moments


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_whatever_call_fails_nothing_is_lost_and_nothing_is_called_done_that_is_not(
    scenario: Scenario, places: tuple[str, str]
) -> None:
    moments, random = moments_of(scenario, places), Random(scenario.name)
    cases = [(moment, NUMBERS[moment % len(NUMBERS)]) for moment in range(1, len(moments) + 1)]
    while len(cases) < -(-ERRORS // len(SCENARIOS)):
        cases.append((random.randint(1, len(moments)), random.choice(NUMBERS)))
    random.shuffle(cases)
    for moment, number in cases[: -(-ERRORS // len(SCENARIOS))]:
        failing = Failing(moment, number, lasting=random.random() < 0.2)
        wrong = with_error(scenario, places, failing)
        assert wrong == [], f"{errno.errorcode[number]} at {moment}, {failing.failed_at}, lasting {failing.lasting}"
