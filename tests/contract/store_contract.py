"""What every store promises. A store joins by a subclass with the fixture `store`: see `test_stores.py`."""

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from py_image_dedup.model.images import Fingerprint, ImageFacts, ImageRecord, StoredRecord, UnreadableKind
from py_image_dedup.model.matches import Comparison, Evidence, Relation
from py_image_dedup.model.ports import RecordStore
from tests.support.stored import VERSIONS, content, image_file, stored, unreadable
from tests.support.tree import AWKWARD_NAMES

A, B, C, D = sorted(content(n) for n in range(4))
METHOD = "pdq-1/check-1"


def compared(left: bytes, right: bytes, relation: Relation | None = Relation.SAME_PICTURE) -> Comparison:
    return Comparison(left, right, relation, Evidence("scaled to 50 %", 0.05))


def paths(records: Iterator[StoredRecord]) -> list[str]:
    return [found.result.file.path for found in records]


class StoreContract:
    @pytest.fixture
    def store(self) -> Iterator[RecordStore]:
        raise NotImplementedError

    # Records

    def test_an_empty_store_knows_nothing(self, store: RecordStore) -> None:
        assert store.get_many(["/a.jpg"]) == {}
        assert list(store.under(["/"])) == []
        assert store.searched([A], METHOD) == set()
        assert list(store.comparisons([A, B], METHOD)) == []
        assert store.soundness([A], METHOD) == {}

    def test_a_record_comes_back_as_it_was_put(self, store: RecordStore) -> None:
        store.put_many([stored("/a.jpg", 1), stored("/b.jpg", 2)])

        assert store.get_many(["/a.jpg", "/c.jpg"]) == {"/a.jpg": stored("/a.jpg", 1)}

    def test_the_root_is_not_kept(self, store: RecordStore) -> None:
        store.put_many([stored("/photos/a.jpg", root="/photos")])

        assert store.get_many(["/photos/a.jpg"]) == {"/photos/a.jpg": stored("/photos/a.jpg", root="")}

    @pytest.mark.parametrize("name", AWKWARD_NAMES)
    def test_every_name_comes_back_byte_for_byte(self, store: RecordStore, name: str) -> None:
        store.put_many([stored(f"/photos/{name}")])

        assert list(store.get_many([f"/photos/{name}"])) == [f"/photos/{name}"]
        assert paths(store.under(["/photos"])) == [f"/photos/{name}"]

    def test_every_byte_may_be_a_name(self, store: RecordStore) -> None:
        names = [os.fsdecode(b"/d/" + bytes([byte])) for byte in range(1, 256) if byte != 0x2F]

        store.put_many(stored(name) for name in names)

        assert paths(store.under(["/d"])) == names
        assert store.get_many(names).keys() == set(names)

    def test_paths_may_be_longer_than_the_system_takes(self, store: RecordStore) -> None:
        path = "/d" * 4_000

        store.put_many([stored(path)])

        assert store.get_many([path]) == {path: stored(path)}

    @pytest.mark.parametrize(
        "changed",
        [
            {"inode": 2**64 - 1, "device": 2**64 - 2},
            {"inode": 2**63, "device": 2**63 - 1},
            {"mtime_ns": -(2**62), "ctime_ns": 2**62},
            {"size": 2**62, "links": 65_000},
        ],
    )
    def test_every_number_of_a_stat_comes_back(self, store: RecordStore, changed: dict[str, int]) -> None:
        store.put_many([stored("/a.jpg", **changed)])

        assert store.get_many(["/a.jpg"]) == {"/a.jpg": stored("/a.jpg", **changed)}

    @pytest.mark.parametrize(
        "facts",
        [
            ImageFacts(1, 1, "PNG", "I;16"),
            ImageFacts(1, 2, "TIFF", "CMYK", 3, 8, 250, "2020-01-01T00:00:00", "a\udcffb\n\0c", (-90.0, 0.1), 75, 0.0),
        ],
    )
    def test_every_fact_comes_back(self, store: RecordStore, facts: ImageFacts) -> None:
        record = StoredRecord(ImageRecord(image_file("/a"), A, facts), ())

        store.put_many([record])

        assert store.get_many(["/a"]) == {"/a": record}

    @pytest.mark.parametrize(
        "prints",
        [
            (),
            (Fingerprint("pdq", 1, b""),),
            (
                Fingerprint("pdq", 1, b"\0" * 257),
                Fingerprint("words", 70_000, b"abc" * 500),
                Fingerprint("last", 0, b""),
            ),
        ],
    )
    def test_every_fingerprint_comes_back(self, store: RecordStore, prints: tuple[Fingerprint, ...]) -> None:
        record = StoredRecord(ImageRecord(image_file("/a"), A, ImageFacts(1, 1, "PNG", "L"), prints), VERSIONS)

        store.put_many([record])

        assert store.get_many(["/a"]) == {"/a": record}

    @pytest.mark.parametrize("kind", UnreadableKind)
    def test_an_unreadable_file_comes_back_with_its_reason(self, store: RecordStore, kind: UnreadableKind) -> None:
        store.put_many([unreadable("/a.jpg", kind, "cut \udcff short")])

        assert store.get_many(["/a.jpg"]) == {"/a.jpg": unreadable("/a.jpg", kind, "cut \udcff short")}

    def test_the_last_put_holds(self, store: RecordStore) -> None:
        store.put_many([stored("/a.jpg", 1), stored("/a.jpg", 2)])
        store.put_many([unreadable("/a.jpg")])

        assert paths(store.under(["/"])) == ["/a.jpg"]
        assert store.get_many(["/a.jpg"]) == {"/a.jpg": unreadable("/a.jpg")}

    def test_a_batch_that_breaks_off_leaves_nothing(self, store: RecordStore) -> None:
        def broken() -> Iterator[StoredRecord]:
            yield stored("/a.jpg")
            raise InterruptedError

        with pytest.raises(InterruptedError):
            store.put_many(broken())

        assert store.get_many(["/a.jpg"]) == {}

    def test_a_batch_may_ask_the_store_while_it_is_made(self, store: RecordStore) -> None:
        store.put_many([stored("/a.jpg", 1)])
        store.put_many(replace(found, versions=()) for found in store.under(["/"]))

        assert store.get_many(["/a.jpg"])["/a.jpg"].versions == ()

    def test_many_paths_are_asked_for_at_once(self, store: RecordStore) -> None:
        records = {f"/{n}.jpg": stored(f"/{n}.jpg", n) for n in range(3_000)}
        store.put_many(records.values())

        assert store.get_many([*records, "/no.jpg", "/1.jpg"]) == records
        assert store.get_many([]) == {}

    def test_removed_records_are_forgotten(self, store: RecordStore) -> None:
        store.put_many([stored("/a.jpg"), stored("/b.jpg"), stored("/c.jpg")])

        store.remove(["/a.jpg", "/unknown.jpg", "/c.jpg"])
        store.remove([])

        assert paths(store.under(["/"])) == ["/b.jpg"]

    # By size and time

    def test_records_of_the_same_size_and_time_are_found_wherever_they_are(self, store: RecordStore) -> None:
        here = [
            stored("/a/1.jpg", 1, size=5, mtime_ns=7),
            stored("/b/\udcff.png", 2, size=5, mtime_ns=7, inode=2**64 - 1),
        ]
        others = [
            stored("/c", 3, size=7, mtime_ns=5),
            stored("/d", 4, size=5, mtime_ns=8),
            stored("/e", 5, size=6, mtime_ns=7),
        ]
        cut = unreadable("/f.jpg")
        store.put_many([*here, *others, cut])

        found = store.by_stat(
            [image_file("/new", size=5, mtime_ns=7), image_file("/more", size=9, mtime_ns=9), cut.result.file]
        )

        assert sorted(found, key=lambda record: record.result.file.path) == here
        assert list(store.by_stat([])) == []

    def test_many_sizes_and_times_are_asked_for_at_once(self, store: RecordStore) -> None:
        records = [stored(f"/{n}", n, size=n, mtime_ns=-n) for n in range(1, 2_500)]
        store.put_many(records)

        found = list(store.by_stat([image_file("/x", size=n, mtime_ns=-n) for n in range(3_000)]))

        assert len(found) == len(records)
        assert {record.result.file.path for record in found} == {record.result.file.path for record in records}

    # Below roots

    def test_only_records_below_a_root_are_under_it(self, store: RecordStore) -> None:
        store.put_many(stored(p) for p in ("/a/b/x", "/a/b/c/x", "/a/b", "/a/bc/x", "/a/b!/x", "/a/b\U0001f5bc", "/x"))

        assert paths(store.under(["/a/b"])) == paths(store.under(["/a/b/"])) == ["/a/b/c/x", "/a/b/x"]

    def test_everything_is_under_the_top(self, store: RecordStore) -> None:
        store.put_many([stored("/x"), stored("/a/y")])

        assert paths(store.under(["/"])) == ["/a/y", "/x"]
        assert paths(store.under([])) == []

    def test_overlapping_roots_give_each_record_once_in_order(self, store: RecordStore) -> None:
        store.put_many(stored(p) for p in ("/b/x", "/a/x", "/a/b/x", "/a!/x", "/c/x"))

        assert paths(store.under(["/b", "/a", "/a/b", "/a!", "/b/"])) == ["/a!/x", "/a/b/x", "/a/x", "/b/x"]

    def test_the_order_is_that_of_the_bytes(self, store: RecordStore) -> None:
        names = [f"/{name}" for name in AWKWARD_NAMES]
        store.put_many(stored(name) for name in names)

        assert paths(store.under(["/"])) == sorted(names, key=os.fsencode)

    def test_files_are_listed_as_their_records_are(self, store: RecordStore) -> None:
        names = [f"/a/{name}" for name in AWKWARD_NAMES]
        records = [stored(name, inode=2**64 - n) for n, name in enumerate(names, 1)]
        store.put_many([*records, unreadable("/a/cut.jpg"), stored("/b.jpg")])

        files = list(store.files_under(["/a", "/a/"]))

        assert len(files) == len(names) + 1
        assert files == [found.result.file for found in store.under(["/a"])]

    def test_records_may_be_removed_while_they_are_listed(self, store: RecordStore) -> None:
        store.put_many(stored(f"/{n:05}", n) for n in range(4_500))

        listed = []
        for found in store.under(["/"]):
            listed.append(found.result.file.path)
            if len(listed) % 900 == 0:
                store.remove(listed)

        assert listed == [f"/{n:05}" for n in range(4_500)]
        assert paths(store.under(["/"])) == []

    # Comparisons

    def test_comparisons_come_back_if_both_sides_are_asked_for(self, store: RecordStore) -> None:
        store.remember(METHOD, [compared(C, D), compared(A, C), compared(A, B)], [])

        assert list(store.comparisons([C, B, A], METHOD)) == [compared(A, B), compared(A, C)]
        assert list(store.comparisons({D}, METHOD)) == []
        assert list(store.comparisons(dict.fromkeys([C, D]).keys(), METHOD)) == [compared(C, D)]

    @pytest.mark.parametrize("relation", [*Relation, None])
    def test_every_relation_comes_back(self, store: RecordStore, relation: Relation | None) -> None:
        store.remember(METHOD, [compared(A, B, relation)], [])

        assert list(store.comparisons([A, B], METHOD)) == [compared(A, B, relation)]

    def test_all_evidence_comes_back(self, store: RecordStore) -> None:
        evidence = Evidence("\udcffwords \U0001f5bc", 0.1, -0.2, 0.3, 12.5, 8, 1 / 3, 0.98, 1e-300)

        store.remember(METHOD, [Comparison(A, B, Relation.EDITED, evidence)], [])

        assert list(store.comparisons([A, B], METHOD)) == [Comparison(A, B, Relation.EDITED, evidence)]

    def test_methods_are_kept_apart(self, store: RecordStore) -> None:
        store.remember("one", [compared(A, B)], [A])
        store.remember_soundness("one", [(A, None)])

        assert list(store.comparisons([A, B], "two")) == []
        assert store.searched([A], "two") == set()
        assert store.soundness([A], "two") == {}

    def test_the_last_comparison_holds(self, store: RecordStore) -> None:
        store.remember(METHOD, [compared(A, B)], [])
        store.remember(METHOD, [compared(A, B, None)], [])

        assert list(store.comparisons([A, B], METHOD)) == [compared(A, B, None)]

    def test_comparisons_and_marks_are_one_batch(self, store: RecordStore) -> None:
        def broken() -> Iterator[bytes]:
            yield A
            raise InterruptedError

        with pytest.raises(InterruptedError):
            store.remember(METHOD, [compared(A, B)], broken())

        assert list(store.comparisons([A, B], METHOD)) == []
        assert store.searched([A], METHOD) == set()

    def test_searched_contents_are_known_again(self, store: RecordStore) -> None:
        store.remember(METHOD, [], [A, B])
        store.remember(METHOD, [], [A])

        assert store.searched([A, B, C], METHOD) == {A, B}
        assert store.searched([], METHOD) == set()

    def test_many_contents_are_asked_for_at_once(self, store: RecordStore) -> None:
        contents = sorted(content(n) for n in range(2_500))
        pairs = [compared(contents[n], contents[m]) for n in range(2_499) for m in {n + 1, 2_499} if n < m]
        store.remember(METHOD, reversed(pairs), contents)

        assert store.searched(contents, METHOD) == set(contents)
        assert list(store.comparisons(contents, METHOD)) == sorted(pairs, key=lambda c: (c.left, c.right))

    # Complete decodes

    def test_answers_of_complete_decodes_are_known_again(self, store: RecordStore) -> None:
        store.remember_soundness(METHOD, [(A, None), (B, "cut short"), (C, "in \udcff.jpg")])
        store.remember_soundness(METHOD, [(B, None)])

        assert store.soundness([A, B, C, D], METHOD) == {A: None, B: None, C: "in \udcff.jpg"}
