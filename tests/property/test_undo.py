"""Undo after apply is the identity: bytes, names, modes, times to the nanosecond, attributes, folders."""

import os
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from random import Random

import pytest

from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.model.descriptions import KEYWORDS
from py_image_dedup.model.outcomes import Status
from py_image_dedup.model.plans import Plan, Way
from tests.support.amounts import amount
from tests.support.libraries import FixedClock, contents, plan, put_aside, remove, snapshot
from tests.support.merging import PlainMerger
from tests.support.scenarios import Cloning
from tests.support.tree import AWKWARD_NAMES

pytestmark = pytest.mark.timeout(amount(ci=300, nightly=7_200))
LIBRARIES = amount(ci=100, nightly=1_000)


@dataclass(frozen=True)
class Library:
    root: str
    files: list[str]  # relative


def random_library(root: str, random: Random) -> Library:
    """Up to 40 files with awkward names in such folders, every one with its own mode, time and attributes."""
    os.mkdir(root)
    folders, files = [""], []
    for _ in range(random.randint(1, 8)):
        folder = os.path.join(
            random.choice(folders), os.fsdecode(os.fsencode(random.choice(AWKWARD_NAMES))[:200]) + "folder"
        )
        if len(os.fsencode(folder)) < 3000 and folder not in folders:
            os.mkdir(os.path.join(root, folder))
            folders.append(folder)
    for number in range(random.randint(2, 40)):
        name = os.path.join(random.choice(folders), random.choice(AWKWARD_NAMES))
        if name not in files:
            path = os.path.join(root, name)
            with open(path, "wb") as file:
                file.write(f"{number} ".encode() * random.randint(1, 2000))
            dress(path, random)
            files.append(name)
    for folder in sorted(folders, key=len, reverse=True):
        dress(os.path.join(root, folder), random, is_folder=True)
    return Library(root, files)


def dress(path: str, random: Random, *, is_folder: bool = False) -> None:
    os.chmod(path, random.choice((0o755, 0o750, 0o711) if is_folder else (0o644, 0o600, 0o444, 0o755)))
    if random.random() < 0.4:
        os.setxattr(path, "user.note", random.randbytes(random.randint(0, 64)))
    time_ns = random.choice(
        (0, -(10**18), 1_500_000_000_123_456_789, 4_000_000_000_000_000_001, random.getrandbits(60))
    )
    os.utime(path, ns=(time_ns, time_ns))


def random_plan(library: Library, random: Random, way: Way, target: str) -> Plan:
    names = random.sample(library.files, len(library.files))
    keepers, going = names[: max(1, len(names) // 3)], names[max(1, len(names) // 3) :]
    removals = []
    while going:
        victim, *companions = (going.pop() for _ in range(min(len(going), random.choice((1, 1, 1, 2, 3)))))
        keeper = random.choice(keepers)
        removals.append(remove(library.root, victim, keeper, *companions, way=way, target_directory=target))
    return plan([library.root], *removals, remove_empty_folders=True)


KINDS = {
    "quarantine": Way.QUARANTINE,
    "target": Way.TARGET,
    "across volumes": Way.TARGET,
    "trash": Way.TRASH,
    "hard links": Way.HARDLINK,
    "symbolic links": Way.SYMLINK,
    "reflinks": Way.REFLINK,
    "merged metadata": Way.QUARANTINE,
}


@pytest.mark.parametrize("kind", KINDS)
def test_undo_after_apply_is_the_identity(kind: str) -> None:
    for number in range(LIBRARIES // 2 if kind == "quarantine" else LIBRARIES // 10):
        random = Random(f"{kind} {number}")
        with tempfile.TemporaryDirectory() as base, tempfile.TemporaryDirectory(dir="/dev/shm") as other:
            library = random_library(f"{base}/library", random)
            target = {"target": f"{base}/target", "across volumes": other}.get(kind, "")
            trash = f"{base}/Trash"
            os.makedirs(target or base, exist_ok=True)
            the_plan = random_plan(library, random, KINDS[kind], target)
            if kind == "merged metadata":
                the_plan = replace(the_plan, removals=tuple(replace(r, merge=(KEYWORDS,)) for r in the_plan.removals))
            before, held = snapshot(library.root), contents(library.root)
            ops = Cloning() if kind == "reflinks" else None
            disposal = Disposal(f"{base}/state", FixedClock(), ops, trash_directory=trash, merger=PlainMerger())

            outcomes = list(disposal.dispose("run-1", the_plan))
            emptied = disposal.remove_emptied_folders("run-1", the_plan, outcomes)

            assert {o.status for o in outcomes} <= {Status.DONE}
            assert {f.status for f in emptied} <= {Status.DONE}
            assert held - contents(library.root, target or trash) == Counter()
            restored = list(disposal.undo("run-1"))
            assert {(r.status, r.reason) for r in restored} <= {(Status.UNDONE, "")}
            assert snapshot(library.root) == before, f"library {number}"
            assert put_aside(library.root) == []
            assert target == "" or os.listdir(target) == []
            assert not os.path.lexists(trash)


def test_a_name_of_4500_bytes_goes_and_comes_back() -> None:
    with tempfile.TemporaryDirectory() as base:
        os.mkdir(f"{base}/library")
        root, here = f"{base}/library", os.open(f"{base}/library", os.O_RDONLY)
        disposal = Disposal(f"{base}/state", FixedClock())
        before = os.getcwd()
        try:
            os.fchdir(here)
            for _ in range(20):
                os.mkdir("n" * 225)
                os.chdir("n" * 225)
            deep = root + f"/{'n' * 225}" * 20
            for name in ("keep.jpg", "copy.jpg"):
                with open(name, "w") as file:
                    file.write(name)
            the_plan = plan([root], deep_removal(root, deep))
            (outcome,) = disposal.dispose("run-1", the_plan)
            assert (outcome.status, outcome.reason) == (Status.DONE, "")
            assert os.listdir(".") == ["keep.jpg"]
            assert [r.status for r in disposal.undo("run-1")] == [Status.UNDONE]
            assert sorted(os.listdir(".")) == ["copy.jpg", "keep.jpg"]
        finally:
            os.chdir(before)
            os.close(here)


def deep_removal(root: str, deep: str) -> object:
    """Subjects made from the working directory, since their absolute path is too long for one call."""
    from dataclasses import replace

    from tests.support.libraries import removal, subject

    victim, keeper = (subject(name, root) for name in ("copy.jpg", "keep.jpg"))
    victim, keeper = (replace(one, file=replace(one.file, path=f"{deep}/{one.file.path}")) for one in (victim, keeper))
    return removal(victim, keeper)
