"""Removal on mounts that fold case, rewrite names, forget inode numbers or times, or have little space."""

from dataclasses import replace
from pathlib import Path

import pytest

from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.disposal.volume.fsops import Space
from py_image_dedup.disposal.volume.posix import PosixFiles
from py_image_dedup.model.outcomes import Status
from py_image_dedup.model.plans import Way
from tests.support.fake_files import Traits
from tests.support.fake_worlds import ROOT, FakeDisposal, contents, library, names, plan_for, subject, violations
from tests.support.libraries import FixedClock, plan, removal, remove, snapshot
from tests.support.tree import make_tree

WEAK = {
    "folds case": Traits(folds_case=True),
    "normalises names": Traits(normalises=True),
    "inode numbers do not last": Traits(unstable_inodes=True),
    "times of two seconds": Traits(time_grain_ns=2 * 10**9),
    "all of it, and renames replace": Traits(
        folds_case=True, normalises=True, unstable_inodes=True, time_grain_ns=2 * 10**9, renames_exclusively=False
    ),
}


@pytest.mark.parametrize("across", [False, True], ids=["one volume", "two volumes"])
@pytest.mark.parametrize("way", [Way.QUARANTINE, Way.TARGET], ids=lambda w: w.value)
@pytest.mark.parametrize("kind", WEAK)
def test_what_goes_on_a_weak_mount_comes_back(tmp_path: Path, kind: str, way: Way, across: bool) -> None:
    files = library(WEAK[kind], across=across)
    before, held = names(files, ROOT), contents(files)
    disposal, the_plan = FakeDisposal(str(tmp_path), files), plan_for(files, way)

    outcomes = list(disposal.dispose("run-1", the_plan))

    assert {o.status for o in outcomes} == {Status.DONE}, [o.reason for o in outcomes]
    assert violations(disposal, held) == []
    list(disposal.undo("run-1"))
    assert names(files, ROOT) == before


def test_one_file_by_two_spellings_is_no_copy_of_itself(tmp_path: Path) -> None:
    files = library(Traits(folds_case=True))
    keeper = subject(files, f"{ROOT}/keep/a.jpg")
    victim = replace(keeper, file=replace(keeper.file, path=f"{ROOT}/keep/A.JPG", inode=keeper.file.inode + 1))

    (outcome,) = FakeDisposal(str(tmp_path), files).dispose("run-1", plan([ROOT], removal(victim, keeper)))

    assert outcome.status is Status.REFUSED
    assert files.lookup(f"{ROOT}/keep/a.jpg") is not None


@pytest.mark.parametrize(("free", "done"), [(10_000 + 10_000, True), (10_000, False), (0, False)])
def test_a_copy_that_would_fill_the_target_is_not_begun(
    tmp_path: Path, other_volume: str, free: int, done: bool
) -> None:
    class Small(PosixFiles):
        def space(self, folder: int) -> Space:
            return Space(free, 1_000_000)

    root = make_tree(tmp_path / "library", {"k.jpg": "k" * 10_000, "a.jpg": "a" * 10_000})
    before = snapshot(root)
    disposal = Disposal(str(tmp_path / "state"), FixedClock(), Small())
    planned = remove(root, "a.jpg", "k.jpg", way=Way.TARGET, target_directory=other_volume)

    (outcome,) = disposal.dispose("run-1", plan([root], planned))

    assert (outcome.status is Status.DONE) is done
    assert done or "bytes more of free space" in outcome.reason
    assert done or {p: k.content for p, k in snapshot(root).items()} == {p: k.content for p, k in before.items()}
