from dataclasses import replace

import pytest

from py_image_dedup.model.images import Unreadable, UnreadableKind
from py_image_dedup.model.listeners import Silence
from py_image_dedup.phases.analyse import analyse, recall
from py_image_dedup.stores.memory import MemoryStore
from tests.support.phases import VERSIONS, ScriptedAnalyser
from tests.support.records import image_file

A, B = image_file("/lib/a.jpg"), image_file("/lib/b.jpg")


def test_a_second_run_reads_nothing_and_knows_the_same() -> None:
    store = MemoryStore()
    first = analyse([A, B], store, ScriptedAnalyser(), Silence())
    analyser = ScriptedAnalyser()

    second = analyse([A, B], store, analyser, Silence())

    assert analyser.read == []
    assert second.records == first.records
    assert (first.analysed, first.unchanged, second.analysed, second.unchanged) == (2, 0, 0, 2)


@pytest.mark.parametrize("change", [{"size": 7}, {"mtime_ns": 7}, {"inode": 7}])
def test_a_changed_file_is_read_again(change: dict[str, int]) -> None:
    store, analyser = MemoryStore(), ScriptedAnalyser()
    analyse([A, B], store, ScriptedAnalyser(), Silence())

    analyse([replace(A, **change), B], store, analyser, Silence())

    assert analyser.read == ["/lib/a.jpg"]


def test_a_new_version_of_a_method_reads_every_file_again() -> None:
    store = MemoryStore()
    analyse([A, B], store, ScriptedAnalyser(), Silence())
    newer = ScriptedAnalyser(versions=(("facts", 1), ("pdq", 2)))

    analyse([A, B], store, newer, Silence())

    assert newer.read == ["/lib/a.jpg", "/lib/b.jpg"]


def test_the_record_carries_the_file_as_it_is_seen_now() -> None:
    store = MemoryStore()
    analyse([A], store, ScriptedAnalyser(), Silence())
    moved = replace(A, root="/lib/below", ctime_ns=5, device=9)

    found = analyse([moved], store, ScriptedAnalyser(), Silence())

    assert [r.file for r in found.records] == [moved]


@pytest.mark.parametrize(("kind", "read_again"), [(UnreadableKind.DAMAGED, []), (UnreadableKind.IO_ERROR, [A.path])])
def test_only_a_lasting_failure_is_remembered(kind: UnreadableKind, read_again: list[str]) -> None:
    store, analyser = MemoryStore(), ScriptedAnalyser()
    failing = ScriptedAnalyser(results={A.path: Unreadable(A, kind, "no")})
    first = analyse([A], store, failing, Silence())

    analyse([A], store, analyser, Silence())

    assert [u.kind for u in first.unreadable] == [kind]
    assert analyser.read == read_again


def test_what_was_read_before_a_failure_is_kept() -> None:
    class Breaks(ScriptedAnalyser):
        def analyse(self, files):  # type: ignore[no-untyped-def]
            yield from super().analyse([A])
            raise RuntimeError("pulled")

    store = MemoryStore()
    with pytest.raises(RuntimeError):
        analyse([A, B], store, Breaks(), Silence())

    assert list(store.get_many([A.path, B.path])) == [A.path]


def test_recall_reads_nothing_and_counts_what_is_missing() -> None:
    store = MemoryStore()
    analyse([A], store, ScriptedAnalyser(), Silence())

    found = recall([A, B], store, VERSIONS)

    assert [r.file.path for r in found.records] == [A.path]
    assert found.missing == 1


# Files known by another path


def test_a_renamed_library_is_not_read_again() -> None:
    store, analyser = MemoryStore(), ScriptedAnalyser()
    before = analyse([A, B], store, ScriptedAnalyser(), Silence())
    renamed = [replace(file, path=file.path.replace("/lib", "/moved"), root="/moved") for file in (A, B)]

    after = analyse(renamed, store, analyser, Silence())

    assert (analyser.read, analyser.hashed) == ([], [])
    assert [r.sha256 for r in after.records] == [r.sha256 for r in before.records]
    assert [r.file for r in after.records] == renamed
    assert store.get_many(["/moved/a.jpg"])["/moved/a.jpg"].result.file.path == "/moved/a.jpg"


def test_a_library_on_another_disk_is_hashed_and_not_decoded() -> None:
    store = MemoryStore()
    before = analyse([A, B], store, ScriptedAnalyser(), Silence())
    copied = [
        replace(file, path=file.path.replace("/lib", "/disk"), inode=n, device=7) for n, file in enumerate((A, B))
    ]
    changed = b"\0" * 32
    analyser = ScriptedAnalyser(contents={"/disk/a.jpg": before.records[0].sha256, "/disk/b.jpg": changed})

    analyse(copied, store, analyser, Silence())

    assert analyser.hashed == ["/disk/a.jpg", "/disk/b.jpg"]
    assert analyser.read == ["/disk/b.jpg"]  # the same size and time, but other bytes


@pytest.mark.parametrize("change", [{"size": 7}, {"mtime_ns": 7}, {"path": "/new/a.png"}])
def test_a_file_that_only_resembles_a_known_one_is_read(change: dict[str, int | str]) -> None:
    store, analyser = MemoryStore(), ScriptedAnalyser()
    analyse([A], store, ScriptedAnalyser(), Silence())

    analyse([replace(A, **{"path": "/new/a.jpg", **change})], store, analyser, Silence())  # type: ignore[arg-type]

    assert len(analyser.read) == 1


def test_an_older_version_of_a_method_is_not_taken_over() -> None:
    store = MemoryStore()
    analyse([A], store, ScriptedAnalyser(), Silence())
    newer = ScriptedAnalyser(versions=(("facts", 1), ("pdq", 2)))

    analyse([replace(A, path="/new/a.jpg")], store, newer, Silence())

    assert newer.read == ["/new/a.jpg"]
