"""Roots beside what they were: who may be acted on, and what may be forgotten."""

import errno
from dataclasses import replace

import pytest

from py_image_dedup.model.errors import RefusedForSafety
from py_image_dedup.model.files import ImageFile, NotWalked, PassedOver, Walk
from py_image_dedup.model.images import StoredRecord
from py_image_dedup.model.roots import RootLook, RootSeen, Volume
from py_image_dedup.phases.roots import Roots, as_seen, compare, files_in, part, require_answers
from py_image_dedup.stores.memory import MemoryStore
from tests.support.phases import VERSIONS
from tests.support.records import image_file, record

DISK, OTHER = Volume(1, "/dev/sda1"), Volume(2, "/dev/sdb1")
FILES = tuple(image_file(f"/lib/{n:03}.jpg", size=1_000 + n) for n in range(100))
WHOLE = Walk(("/lib",), FILES)


class Remembered(dict[str, RootSeen]):
    def recall(self, roots: object) -> dict[str, RootSeen]:
        return dict(self)

    def remember(self, seen: object) -> None:
        raise AssertionError


def now(walked: Walk, volume: Volume = DISK, seen: RootSeen | None = None, store: MemoryStore | None = None) -> Roots:
    memory = Remembered({"/lib": seen} if seen else {})
    return compare(walked, [RootLook("/lib", True, volume)], memory, store or MemoryStore())


def before(walked: Walk = WHOLE) -> RootSeen:
    (seen,) = as_seen(now(walked), ())
    return seen


def known(*paths: str) -> MemoryStore:
    store = MemoryStore()
    store.put_many(StoredRecord(record(path), VERSIONS) for path in paths)
    return store


def sentences(roots: Roots) -> list[str]:
    return [trouble.sentence for trouble in roots.troubles]


def test_a_root_as_it_was_is_no_trouble() -> None:
    assert now(WHOLE, seen=before()).troubles == ()
    assert now(WHOLE).troubles == ()


def test_a_missing_root_cannot_be_confirmed() -> None:
    gone = Walk(("/lib",), (), not_walked=(NotWalked("/lib", "No such file or directory", errno.ENOENT),))

    (trouble,) = now(gone, Volume()).troubles

    assert trouble.sentence == "/lib could not be looked at: No such file or directory."
    assert not trouble.may_be_confirmed


def test_an_empty_root_that_had_files_is_trouble() -> None:
    empty = Walk(("/lib",), ())

    assert sentences(now(empty, seen=before())) == ["/lib is empty, and held 100 files before: is its disk away?"]
    assert sentences(now(empty, store=known("/lib/a.jpg"))) == [
        "/lib is empty, and held files before: is its disk away?"
    ]
    assert now(empty).troubles == ()
    assert now(empty, seen=before(empty), store=known("/lib/a.jpg")).troubles == ()


def test_files_that_do_not_count_are_no_emptiness() -> None:
    others = Walk(("/lib",), (), passed_over=(PassedOver("/lib/a.txt", "not a picture by its name"),))

    assert now(others, seen=before()).troubles == ()


def test_another_disk_with_other_files_is_trouble() -> None:
    others = Walk(("/lib",), (image_file("/lib/x.jpg"),))

    assert len(now(others, OTHER, before()).troubles) == 1
    assert now(others, DISK, before()).troubles == ()  # the same disk: the user moved things
    assert now(WHOLE, OTHER, before()).troubles == ()  # a new disk with the same files
    assert now(others, Volume(), before()).troubles == ()  # nobody knows


def test_a_device_that_was_named_anew_is_the_same_disk() -> None:
    assert not Volume(1, "/dev/sda1").is_other_than(Volume(1, "/dev/sdc1"))
    assert Volume(0, "nas:/a").is_other_than(Volume(0, "nas:/b"))


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.ENOTCONN, 0])
def test_a_folder_that_a_failing_disk_hides_is_trouble(number: int) -> None:
    half = replace(WHOLE, not_walked=(NotWalked("/lib/below", "gone wrong", number),))

    (trouble,) = now(half, seen=before()).troubles

    assert not trouble.may_be_confirmed


def test_a_folder_without_permission_is_trouble_only_if_something_is_known_below_it() -> None:
    half = replace(WHOLE, not_walked=(NotWalked("/lib/lost+found", "Permission denied", errno.EACCES),))

    assert now(half).troubles == ()
    assert now(half, store=known("/lib/lost+found-not/a.jpg")).troubles == ()
    assert [t.may_be_confirmed for t in now(half, store=known("/lib/lost+found/a.jpg")).troubles] == [True]
    assert len(now(half, store=known("/lib/lost+found")).troubles) == 1


def test_a_silent_root_is_refused() -> None:
    with pytest.raises(RefusedForSafety, match="/nas does not answer"):
        require_answers([RootLook("/lib", True), RootLook("/nas", False)])


# What may be forgotten


def lost(count: int, of: int = 100) -> tuple[list[str], Walk]:
    files = tuple(image_file(f"/lib/{n:05}.jpg") for n in range(of))
    return [file.path for file in files[:count]], Walk(("/lib",), files[count:])


LOSSES = [(9, 12, False), (10, 100, False), (11, 100, True), (5, 5_000, False)]
LOSSES += [(1_000, 20_000, False), (1_001, 20_000, True)]


@pytest.mark.parametrize(("count", "of", "is_held"), LOSSES)
def test_very_many_missing_at_once_are_held(count: int, of: int, is_held: bool) -> None:
    gone, walked = lost(count, of)
    seen = before(Walk(("/lib",), lost(0, of)[1].files))

    parting = part(gone, now(walked, seen=seen))

    assert (parting.held, parting.forgotten) == ((tuple(gone), ()) if is_held else ((), tuple(gone)))


def test_what_a_second_complete_run_misses_is_forgotten() -> None:
    gone, walked = lost(50)
    (seen,) = as_seen(now(walked), gone)

    assert part(gone, now(walked, seen=seen)).forgotten == tuple(gone)


def test_what_came_back_in_between_is_held_again() -> None:
    gone, walked = lost(50)
    (seen,) = as_seen(now(lost(0)[1]), ())

    assert part(gone, now(walked, seen=seen)).held == tuple(gone)


def test_a_troubled_root_forgets_nothing() -> None:
    gone, walked = lost(1)
    half = replace(walked, not_walked=(NotWalked("/lib/x", "Input/output error", errno.EIO),))

    assert part(gone, now(half)).held == tuple(gone)


# What is remembered


def test_a_troubled_root_is_not_remembered_unless_a_person_spoke_for_it() -> None:
    swapped = now(Walk(("/lib",), (image_file("/lib/x.jpg"),)), OTHER, before())

    assert as_seen(swapped, ()) == ()
    assert [seen.volume for seen in as_seen(swapped, (), {"/lib"})] == [OTHER]


def test_a_sample_is_spread_over_the_root() -> None:
    assert [path for path, _ in before().sample] == [f"{n:03}.jpg" for n in range(0, 100, 4)]


def test_files_of_a_root_are_those_below_it_whoever_found_them() -> None:
    files: list[ImageFile] = [image_file(p) for p in ("/a!/x", "/a/b!/x", "/a/b/x", "/a/b/y", "/a/bc", "/b")]

    assert [f.path for f in files_in("/a/b", sorted(files, key=lambda f: f.path))] == ["/a/b/x", "/a/b/y"]
    assert len(files_in("/", files)) == 6
