import os
from collections.abc import Iterable
from dataclasses import replace

import pytest

from py_image_dedup.model.elsewhere import CopyElsewhere, OnHost
from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.model.images import Fingerprint, ImageRecord
from py_image_dedup.phases.elsewhere import CopiesElsewhere, nowhere
from py_image_dedup.stores.memory import MemoryStore
from tests.support.phases import EverythingIsACandidate
from tests.support.records import record


def picture(path: str, content: str | None = None, version: int = 1, **changes: object) -> ImageRecord:
    return replace(record(path, content, **changes), fingerprints=(Fingerprint("pdq", version, b""),))


def on(host: str, *records: ImageRecord) -> list[OnHost]:
    return [OnHost(host, each) for each in records]


def told(copies: Iterable[CopyElsewhere]) -> list[tuple[str, str, str, bool]]:
    return [(c.path, c.other.host, c.other.record.file.path, c.same_bytes) for c in copies]


def test_the_same_bytes_stand_before_what_is_near() -> None:
    others = [*on("cellar", picture("/c/near"), picture("/c/same", "/a/1")), *on("attic", picture("/b/same", "/a/1"))]

    found = CopiesElsewhere(MemoryStore(), EverythingIsACandidate(), lambda: others)([picture("/a/1")])

    assert told(found) == [
        ("/a/1", "attic", "/b/same", True),
        ("/a/1", "cellar", "/c/same", True),
        ("/a/1", "cellar", "/c/near", False),
    ]
    assert [copy.distance for copy in found] == [0.0, 0.0, 0.1]


def test_files_of_one_host_are_no_copies_elsewhere_of_each_other() -> None:
    others = on("cellar", picture("/c/1"), picture("/c/2"))
    copies = CopiesElsewhere(MemoryStore(), EverythingIsACandidate(), lambda: others)

    found = told(copies([picture("/a/1"), picture("/a/2")]))

    assert [(one, other) for one, _, other, _ in found] == [(a, c) for a in ("/a/1", "/a/2") for c in ("/c/1", "/c/2")]


def test_only_what_is_new_is_searched_again() -> None:
    store, index, others = MemoryStore(), EverythingIsACandidate(), on("cellar", picture("/c/1"))
    copies = CopiesElsewhere(store, index, lambda: others)
    first = copies([picture("/a/1")])

    assert copies([picture("/a/1")]) == first
    others += on("cellar", picture("/c/2"))
    assert len(copies([picture("/a/1")])) == 2
    assert index.asked == [2, 1]


def test_fingerprints_of_another_version_are_not_compared_but_digests_are() -> None:
    others = on("cellar", picture("/c/near", version=2), picture("/c/same", "/a/1", version=2))

    found = CopiesElsewhere(MemoryStore(), EverythingIsACandidate(), lambda: others)([picture("/a/1")])

    assert told(found) == [("/a/1", "cellar", "/c/same", True)]


@pytest.mark.parametrize(("changed", "copies"), [({}, 0), ({"ctime_ns": 5}, 1), ({"inode": 5}, 1), ({"size": 5}, 1)])
def test_the_very_same_file_on_a_share_is_no_copy(changed: dict[str, int], copies: int) -> None:
    ours = picture("/mnt/share/1")
    theirs = replace(ours, file=replace(ours.file, path="/srv/1", **changed))

    found = CopiesElsewhere(MemoryStore(), EverythingIsACandidate(), lambda: on("cellar", theirs))([ours])

    assert len(found) == copies


def test_no_answer_is_not_no_copy() -> None:
    def away() -> list[OnHost]:
        raise StoreUnavailable("away")

    with pytest.raises(StoreUnavailable):
        CopiesElsewhere(MemoryStore(), EverythingIsACandidate(), away)([picture("/a/1")])


def test_without_other_hosts_there_is_nothing() -> None:
    copies = CopiesElsewhere(MemoryStore(), EverythingIsACandidate(), list)

    assert copies([picture("/a/1"), picture("/a/2")]) == nowhere([]) == ()
    assert copies([picture(os.fsdecode(b"/a/\xff"))]) == ()
