"""Metadata move into the file that stays before a copy goes; where they cannot, the copy stays and says why."""

import errno
import os
import shutil
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.disposal.volume.held import Refusal
from py_image_dedup.disposal.volume.posix import PosixFiles
from py_image_dedup.disposal.ways.exiftool import Source
from py_image_dedup.model.descriptions import KEYWORDS, POSITION
from py_image_dedup.model.errors import SettingsError
from py_image_dedup.model.outcomes import Outcome, Status
from py_image_dedup.model.places import QUARANTINE_NAME
from py_image_dedup.model.plans import PlannedRemoval, Way
from tests.faults.test_kills import in_child
from tests.support.libraries import FixedClock, plan, put_aside, remove, snapshot
from tests.support.meddling import Meddling
from tests.support.merging import PlainMerger
from tests.support.scenarios import NoLinksEither
from tests.support.tree import make_tree

OLD_NS = 1_500_000_000_123_456_789
TREE = {"k.jpg": "kept", "a.jpg": "first copy", "b/c.jpg": "second copy", "l.jpg": "also kept"}
MERGED = "kept, with metadata of first copy and second copy"


@pytest.fixture
def root(tmp_path: Path) -> str:
    return make_tree(tmp_path / "library", TREE, mtime_ns=OLD_NS)


def opened(tmp_path: Path, ops: PosixFiles | None = None, merger: PlainMerger | None = None) -> Disposal:
    return Disposal(str(tmp_path / "state"), FixedClock(), ops, merger=merger or PlainMerger())


def going(root: str, victim: str, keeper: str = "k.jpg", way: Way = Way.QUARANTINE) -> PlannedRemoval:
    return replace(remove(root, victim, keeper, way=way), merge=(KEYWORDS, POSITION))


def act(
    tmp_path: Path,
    root: str,
    *removals: PlannedRemoval,
    ops: PosixFiles | None = None,
    merger: PlainMerger | None = None,
) -> list[Outcome]:
    return list(opened(tmp_path, ops, merger).dispose("run-1", plan([root], *removals)))


def kept(root: str) -> str:
    return Path(root, "k.jpg").read_text()


def test_the_file_that_stays_gets_them_keeps_its_date_and_comes_back_byte_for_byte(tmp_path: Path, root: str) -> None:
    os.setxattr(f"{root}/k.jpg", "user.note", b"mine")
    os.chmod(f"{root}/k.jpg", 0o640)
    before = snapshot(root)

    outcomes = act(tmp_path, root, going(root, "a.jpg"), going(root, "b/c.jpg"))

    assert {outcome.status for outcome in outcomes} == {Status.DONE}
    assert kept(root) == MERGED
    now = snapshot(root)[f"{root}/k.jpg"]
    assert (now.mode, now.mtime_ns, now.xattrs) == (
        before[f"{root}/k.jpg"].mode,
        OLD_NS,
        before[f"{root}/k.jpg"].xattrs,
    )
    assert sorted(Path(path).read_text() for path in put_aside(root)) == ["first copy", "kept", "second copy"]
    assert opened(tmp_path).check([root], read=True) == []
    assert {restored.status for restored in opened(tmp_path).undo("run-1")} == {Status.UNDONE}
    assert snapshot(root) == before


def test_all_of_it_is_purged_while_the_file_lives_also_after_it_was_merged_once_more(tmp_path: Path, root: str) -> None:
    act(tmp_path, root, going(root, "a.jpg"))
    list(opened(tmp_path).dispose("run-2", plan([root], going(root, "b/c.jpg"))))

    purged = list(opened(tmp_path).purge([root], older_than_ns=0))

    assert [one.status for one in purged] == [Status.DONE] * 4
    assert kept(root) == "kept, with metadata of first copy, with metadata of second copy"
    assert QUARANTINE_NAME not in os.listdir(root)


def test_a_file_that_was_edited_since_keeps_its_name_and_the_old_one_comes_back_beside_it(
    tmp_path: Path, root: str
) -> None:
    act(tmp_path, root, going(root, "a.jpg"))
    Path(root, "k.jpg").write_text("edited by its owner")

    restored = {os.path.basename(one.original): one for one in opened(tmp_path).undo("run-1")}

    assert kept(root) == "edited by its owner"
    assert Path(restored["k.jpg"].path).read_text() == "kept"
    assert "(restored " in restored["k.jpg"].path


def test_without_the_program_for_it_nothing_is_touched(tmp_path: Path, root: str) -> None:
    class Missing(PlainMerger):
        def missing(self) -> str:
            return "install it"

    before = snapshot(root)

    for disposal in (opened(tmp_path, merger=Missing()), Disposal(str(tmp_path / "state"), FixedClock())):
        with pytest.raises(SettingsError, match=r"install"):
            list(disposal.dispose("run-1", plan([root], going(root, "a.jpg"))))

    assert snapshot(root) == before
    assert list(opened(tmp_path, merger=Missing()).dispose("run-1", plan([root]))) == []


class KilledAt(PlainMerger):
    """The process is gone in the moment of verifying: the new file is there, and nothing on the way out runs."""

    def verify(self, keeper: str, merged: str, sources: Sequence[Source]) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def own_files(root: str) -> list[str]:
    return [name for _, _, names in os.walk(root) for name in names if name.endswith((".merge", ".probe", ".linked"))]


def test_what_a_kill_leaves_of_a_file_that_was_being_made_goes_with_the_next_start(tmp_path: Path, root: str) -> None:
    removals = going(root, "a.jpg"), remove(root, "b/c.jpg", "l.jpg")

    assert in_child(lambda: act(tmp_path, root, *removals, merger=KilledAt())) == -signal.SIGKILL

    assert own_files(root)
    assert opened(tmp_path).unfinished() == 1
    assert opened(tmp_path).resume() == []
    assert own_files(root) == []
    assert opened(tmp_path).check([root], read=True) == []


def test_where_the_quarantine_is_gone_with_such_a_file_nothing_is_left_to_do(tmp_path: Path, root: str) -> None:
    assert in_child(lambda: act(tmp_path, root, going(root, "a.jpg"), merger=KilledAt())) == -signal.SIGKILL
    shutil.rmtree(f"{root}/{QUARANTINE_NAME}")

    assert opened(tmp_path).resume() == []
    assert opened(tmp_path).unfinished() == 0


class Refusing(PlainMerger):
    def verify(self, keeper: str, merged: str, sources: Sequence[Source]) -> None:
        raise Refusal("its pixels would not be the same any more")


def linked(root: str) -> None:
    os.link(f"{root}/k.jpg", f"{root}/another name.jpg")


CANNOT = [
    ("its pixels would not be the same", PosixFiles(), Refusing()),
    ("neither rename without replacing nor make hard links", NoLinksEither(), PlainMerger()),
]


@pytest.mark.parametrize(("words", "ops", "merger"), CANNOT, ids=[case[0] for case in CANNOT])
def test_a_copy_whose_metadata_cannot_be_moved_stays(
    tmp_path: Path, root: str, words: str, ops: PosixFiles, merger: PlainMerger
) -> None:
    first, second = act(tmp_path, root, going(root, "a.jpg"), remove(root, "b/c.jpg", "l.jpg"), ops=ops, merger=merger)

    assert first.status is Status.REFUSED
    assert first.reason.startswith("what it alone says could not be moved into the file to keep: ")
    assert words in first.reason
    assert (second.status is Status.DONE) is isinstance(merger, Refusing)
    assert (kept(root), Path(root, "a.jpg").read_text()) == ("kept", "first copy")
    assert not [name for _, _, names in os.walk(root) for name in names if name.endswith(".merge")]


def test_a_file_with_other_names_is_not_torn_from_them(tmp_path: Path, root: str) -> None:
    linked(root)

    (outcome,) = act(tmp_path, root, going(root, "a.jpg"))

    assert "it has other names (hard links)" in outcome.reason
    assert os.path.samefile(f"{root}/k.jpg", f"{root}/another name.jpg")


def test_what_does_not_read_back_as_it_was_written_is_not_used(tmp_path: Path, root: str) -> None:
    class Wrong(PosixFiles):
        def drop_cache(self, descriptor: int) -> None:
            os.pwrite(descriptor, b"X", 0)

    outcomes = act(tmp_path, root, going(root, "a.jpg"), going(root, "b/c.jpg", "l.jpg"), ops=Wrong())

    assert ["does not read back" in outcome.reason or "EIO" in outcome.reason for outcome in outcomes] == [True, True]
    assert kept(root) == "kept"
    assert put_aside(root) == []


def test_another_error_of_the_disk_costs_one_file_and_a_full_disk_all_that_follow(tmp_path: Path, root: str) -> None:
    def refused(number: int) -> list[Outcome]:
        ops = Meddling("set_mode", lambda: (_ for _ in ()).throw(OSError(number, os.strerror(number))))
        return act(tmp_path, root, going(root, "a.jpg"), going(root, "b/c.jpg", "l.jpg"), ops=ops)

    first, second = refused(errno.ENOSPC)
    assert (first.status, second.status) == (Status.REFUSED, Status.REFUSED)
    assert "ENOSPC" in first.reason
    assert "ENOSPC" in second.reason

    first, second = refused(errno.EACCES)
    assert (first.status, second.status) == (Status.REFUSED, Status.DONE)
    assert "EACCES" in first.reason


def test_a_stop_is_heard_before_the_next_file_is_made_anew(tmp_path: Path, root: str) -> None:
    assert list(opened(tmp_path).dispose("run-1", plan([root], going(root, "a.jpg")), lambda: True)) == []
    assert kept(root) == "kept"


def test_a_file_that_cannot_be_put_aside_stops_all_that_follow(tmp_path: Path, root: str) -> None:
    def fail() -> None:
        raise OSError(errno.EIO, "Input/output error")

    ops = Meddling("rename_no_replace", fail, name="k.jpg")
    first, second = act(tmp_path, root, going(root, "a.jpg"), going(root, "b/c.jpg", "l.jpg"), ops=ops)

    assert (first.status, second.status) == (Status.REFUSED, Status.REFUSED)
    assert kept(root) == "kept"
    assert put_aside(root) == []


def test_a_plan_that_removes_the_file_to_keep_merges_nothing_into_it(tmp_path: Path, root: str) -> None:
    outcomes = act(tmp_path, root, going(root, "a.jpg"), remove(root, "k.jpg", "l.jpg"))

    assert [outcome.status for outcome in outcomes] == [Status.REFUSED, Status.DONE]
    assert [Path(path).read_text() for path in put_aside(root)] == ["kept"]
