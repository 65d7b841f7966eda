"""The test of a volume: what it cannot do is told, ways that need it are refused, bad ends of kills are seen."""

import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from py_image_dedup.disposal.trial import probes
from py_image_dedup.disposal.trial.self_kills import Kills, make_library
from py_image_dedup.disposal.trial.selftest import selftest
from py_image_dedup.disposal.volume.fsops import FileStat, Space
from py_image_dedup.disposal.volume.posix import PosixFiles
from py_image_dedup.model.errors import SettingsError
from py_image_dedup.model.findings import Grade
from py_image_dedup.model.plans import Way
from py_image_dedup.model.selftest import SelftestReport
from tests.support.libraries import FixedClock
from tests.support.scenarios import NoExclusiveRename, NoLinksEither


@pytest.fixture(autouse=True)
def journals_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/dev/shm")


def tried(folder: Path, ops: PosixFiles | None = None, kills: int = 0) -> SelftestReport:
    return selftest(str(folder), FixedClock(), ops, kills=kills)


def told(report: SelftestReport, question: str) -> tuple[Grade, str]:
    return next((f.grade, f.sentence) for f in report.findings if f.question == question)


def refused(report: SelftestReport) -> set[Way]:
    return {told.way for told in report.ways if told.reason}


def failing(name: str, number: int = errno.EIO) -> Callable[..., Any]:
    def call(*arguments: object) -> Any:
        raise OSError(number, os.strerror(number), name)

    return call


def test_a_plain_disk_carries_every_way_but_perhaps_reflinks_and_survives_the_kills(tmp_path: Path) -> None:
    report = tried(tmp_path, kills=60)

    assert (report.kills, report.wrong) == (60, ())
    assert refused(report) <= {Way.REFLINK}
    assert {f.grade for f in report.findings} == {Grade.FINE}
    assert os.listdir(tmp_path) == []


def test_time_over_means_fewer_kills(tmp_path: Path) -> None:
    assert selftest(str(tmp_path), FixedClock(), limit_s=0).kills == 0


def test_without_an_exclusive_rename_links_do(tmp_path: Path) -> None:
    report = tried(tmp_path, NoExclusiveRename(), kills=20)

    assert told(report, "rename")[0] is Grade.ATTENTION
    assert (report.kills, report.wrong) == (20, ())
    assert Way.QUARANTINE not in refused(report)


def test_with_neither_nothing_is_removed_at_all(tmp_path: Path) -> None:
    report = tried(tmp_path, NoLinksEither(), kills=20)

    assert told(report, "hard links")[0] is Grade.FAILING
    assert refused(report) == set(Way) - {Way.MERGED}
    assert report.kills == 0


class Replaces(PosixFiles):
    def rename_no_replace(self, source_folder: int, source: str, folder: int, name: str) -> None:
        self.rename_plain(source_folder, source, folder, name)


class FoldsCase(PosixFiles):
    def stat_name(self, folder: int, name: str) -> FileStat | None:
        return super().stat_name(folder, name) or super().stat_name(folder, name.title())


class Renames(PosixFiles):
    def names(self, folder: int) -> list[str]:
        return [name.encode("ascii", "replace").decode() for name in super().names(folder)]


class CoarseTimes(PosixFiles):
    def set_times(self, descriptor: int, atime_ns: int, mtime_ns: int) -> None:
        super().set_times(descriptor, atime_ns, 0)


class ChangingInodes(PosixFiles):
    asked = 0

    def stat_name(self, folder: int, name: str) -> FileStat | None:
        there = super().stat_name(folder, name)
        self.asked += 1
        if there is None:
            return None
        return there._replace(inode=self.asked)


class NoLocks(PosixFiles):
    def try_lock(self, descriptor: int) -> bool:
        return True


class NotNoticed(PosixFiles):
    def is_written_elsewhere(self, descriptor: int) -> bool | None:
        return None


class Full(PosixFiles):
    def space(self, folder: int) -> Space:
        return Space(1, 10**12)


WEAK: list[tuple[PosixFiles, str, Grade, str]] = [
    (Replaces(), "rename", Grade.FAILING, "replaces a file"),
    (FoldsCase(), "case", Grade.FINE, "one file"),
    (Renames(), "normalisation", Grade.ATTENTION, "another form"),
    (CoarseTimes(), "time grain", Grade.ATTENTION, "more than 2 s"),
    (ChangingInodes(), "inodes", Grade.ATTENTION, "do not last"),
    (NoLocks(), "locks", Grade.FAILING, "do not keep a second one out"),
    (NotNoticed(), "in use", Grade.ATTENTION, "cannot be noticed"),
    (Full(), "space", Grade.ATTENTION, "0.0 GiB of"),
]


@pytest.mark.parametrize(("ops", "question", "grade", "words"), WEAK, ids=lambda o: type(o).__name__)
def test_what_a_weak_volume_lacks_is_told(
    tmp_path: Path, ops: PosixFiles, question: str, grade: Grade, words: str
) -> None:
    answer = told(tried(tmp_path, ops), question)

    assert answer[0] is grade
    assert words in answer[1]


@pytest.mark.parametrize(
    ("call", "question", "words"),
    [
        ("sync", "sync", "cannot be made durable"),
        ("symlink", "symbolic links", "cannot be made (EIO)"),
        ("set_xattr", "attributes", "no extended attributes (EIO)"),
        ("space", "space", "it cannot be told: Input/output error"),
    ],
)
def test_a_call_that_fails_is_told_with_its_error(tmp_path: Path, call: str, question: str, words: str) -> None:
    ops = PosixFiles()
    setattr(ops, call, failing(call))

    report = tried(tmp_path, ops)

    assert words in told(report, question)[1]
    assert (set(Way) - {Way.MERGED} == refused(report)) is (call == "sync")


def test_no_locks_no_removal(tmp_path: Path) -> None:
    assert refused(tried(tmp_path, NoLocks())) == set(Way) - {Way.MERGED}


def test_silence_of_the_kernel_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "_hears", lambda path, make: False)

    assert told(tried(tmp_path), "events")[0] is Grade.ATTENTION


def test_names_that_cannot_be_had_are_told(tmp_path: Path) -> None:
    class OnlyUtf8(PosixFiles):
        def create_file(self, folder: int, name: str) -> int:
            if "\udce9" in name:
                raise OSError(errno.EILSEQ, "no")
            return super().create_file(folder, name)

    assert "bytes that are no UTF-8" in told(tried(tmp_path, OnlyUtf8()), "names")[1]


def test_a_volume_that_loses_files_is_found_out_and_what_is_left_stays(tmp_path: Path) -> None:
    class Loses(PosixFiles):
        def rename_no_replace(self, source_folder: int, source: str, folder: int, name: str) -> None:
            super().rename_no_replace(source_folder, source, folder, name)
            if name.endswith(".xmp") and source == "copy.xmp":
                os.truncate(f"/proc/self/fd/{folder}/{name}", 0)

    report = tried(tmp_path, Loses(), kills=40)

    assert report.wrong
    assert any("contents are lost" in sentence for sentence in report.wrong)
    assert os.listdir(tmp_path) != []


def test_a_folder_in_which_nothing_can_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Nothing can be made in"):
        tried(tmp_path / "gone")


def test_a_volume_on_which_a_restart_cannot_finish_is_found_out(tmp_path: Path) -> None:
    parent = os.getpid()

    class Stubborn(PosixFiles):
        def rename_no_replace(self, source_folder: int, source: str, folder: int, name: str) -> None:
            if os.getpid() == parent and source.startswith("selftest-"):
                raise OSError(errno.EIO, "Input/output error")
            super().rename_no_replace(source_folder, source, folder, name)

    report = tried(tmp_path, Stubborn(), kills=60)

    assert any("a restart did not finish what was begun" in sentence for sentence in report.wrong)
    assert any("not everything is where it was" in sentence for sentence in report.wrong)


def test_a_child_that_never_began_leaves_nothing_to_undo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Kills, "_killed", lambda *_: True)

    assert tried(tmp_path, kills=3).wrong == ()


@pytest.mark.parametrize(("moment", "ended"), [(1, "killed"), (10_000, "exit 0")])
def test_the_child_dies_before_its_change_or_ends_when_all_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int, ended: str
) -> None:
    """What happens in the child, seen in this process: the kill and the exit are told instead of carried out."""
    plan = make_library(f"{tmp_path}/library", Way.QUARANTINE)
    heard: list[str] = []
    monkeypatch.setattr(os, "fork", lambda: 0)
    monkeypatch.setattr(os, "kill", lambda pid, number: heard.append("killed") or failing("kill")())
    monkeypatch.setattr(os, "_exit", lambda status: heard.append(f"exit {status}") or failing("exit")())

    with pytest.raises(OSError, match="Input/output error"):
        Kills(PosixFiles(), FixedClock(), str(tmp_path), ())._killed(f"{tmp_path}/state", plan, moment)

    assert heard[0] == ended
    assert os.path.lexists(f"{tmp_path}/library/copy.jpg") is (ended == "killed")
