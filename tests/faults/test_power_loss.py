"""States a weak file system may leave after power loss, enumerated from recorded calls: any subset of what was not
synced is on the disk, only a rename never loses the old name without having the new one."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import pytest

from py_image_dedup.model.plans import Plan, Way
from tests.support.amounts import amount
from tests.support.fake_files import FakeFiles, Traits
from tests.support.fake_worlds import ROOT, FakeDisposal, contents, library, names, plan_for, violations

pytestmark = pytest.mark.timeout(amount(ci=300, nightly=7_200))
STATES = amount(ci=5_000, nightly=50_000)
BENIGN = Traits()


@dataclass(frozen=True)
class Case:
    name: str
    way: Way
    traits: Traits = BENIGN
    across: bool = False
    undoes: bool = False
    merges: bool = False


CASES = [
    Case("quarantine", Way.QUARANTINE),
    Case("target", Way.TARGET),
    Case("across volumes", Way.TARGET, across=True),
    Case("undo", Way.QUARANTINE, undoes=True),
    Case("undo across volumes", Way.TARGET, across=True, undoes=True),
    Case("quarantine without exclusive rename", Way.QUARANTINE, Traits(renames_exclusively=False)),
    Case("target without exclusive rename", Way.TARGET, Traits(renames_exclusively=False)),
    Case("hard links", Way.HARDLINK),
    Case("undo of hard links", Way.HARDLINK, undoes=True),
    Case("symbolic links", Way.SYMLINK),
    Case("undo of symbolic links", Way.SYMLINK, undoes=True),
    Case("merged metadata", Way.QUARANTINE, merges=True),
    Case("undo of merged metadata", Way.QUARANTINE, merges=True, undoes=True),
    Case("undo without exclusive rename", Way.QUARANTINE, Traits(renames_exclusively=False), undoes=True),
]


@pytest.fixture(scope="module")
def directory() -> Iterator[str]:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as made:
        yield made


@dataclass(frozen=True)
class Recorded:
    """One uninterrupted act, with every change, sync and commit in order."""

    files: FakeFiles
    journals: list[tuple[int, bytes]]
    expected: Counter[bytes]


def record(case: Case, directory: str) -> Recorded:
    files = library(case.traits, across=case.across)
    the_plan = plan_for(files, case.way, merges=case.merges)
    expected = contents(files)
    disposal = FakeDisposal(directory, files)
    if case.undoes:
        apply(disposal, the_plan)
        disposal.copies.clear()
    files.start_logging()
    disposal.copies.clear()
    journal = disposal.bytes
    if case.undoes:
        list(disposal.undo("run-1"))
    else:
        apply(disposal, the_plan)
    return Recorded(files, [(0, journal or b""), *disposal.copies], expected)


def apply(disposal: FakeDisposal, the_plan: Plan) -> None:
    outcomes = list(disposal.dispose("run-1", the_plan))
    disposal.remove_emptied_folders("run-1", the_plan, outcomes)


def after_loss(recorded: Recorded, moment: int, random: Random, directory: str) -> FakeDisposal:
    """Removal as it starts again: what was durable at this moment, and by chance some of what was not."""
    log = recorded.files.log[:moment]
    sure, unsure = recorded.files.durable(log)
    share = random.choice((0.0, 0.3, 0.5, 0.7, 1.0))
    chosen = [record for record in unsure if random.random() < share]
    kept = {record.number for record in (*sure, *chosen)}
    possible = [record for record in (*sure, *chosen) if record.needs is None or record.needs in kept]
    journals = [data for position, data in recorded.journals if position <= moment]
    files = recorded.files.after_power_loss(possible)
    return FakeDisposal(directory, files, journals[-1] or None)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_whatever_a_power_loss_leaves_nothing_is_lost_and_one_restart_converges(case: Case, directory: str) -> None:
    recorded, random = record(case, directory), Random(case.name)
    moments = len(recorded.files.log)
    for number in range(-(-STATES // len(CASES))):
        moment = number % (moments + 1)
        disposal = after_loss(recorded, moment, random, directory)
        disposal.resume()
        wrong = violations(disposal, recorded.expected, merges=case.merges)
        assert wrong == [], f"state {number}, power lost at {moment} of {moments}"
        assert disposal.resume() == []


@pytest.mark.parametrize("case", [case for case in CASES if not case.undoes], ids=lambda c: c.name)
def test_what_a_power_loss_left_can_be_undone(case: Case, directory: str) -> None:
    recorded, random = record(case, directory), Random(case.name)
    before = names(library(case.traits, across=case.across), ROOT)
    for moment in range(0, len(recorded.files.log) + 1, 3):
        disposal = after_loss(recorded, moment, random, directory)
        disposal.resume()
        if disposal.entries_now():
            list(disposal.undo("run-1"))
        assert names(disposal.files, ROOT) == before, f"power lost at {moment}"
