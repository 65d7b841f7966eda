from py_image_dedup.model.files import Walk
from py_image_dedup.model.images import StoredRecord
from py_image_dedup.phases.cleanup import forget, vanished
from py_image_dedup.stores.memory import MemoryStore
from tests.support.phases import VERSIONS
from tests.support.records import record

PATHS = ["/lib/a.jpg", "/lib/b.jpg", "/lib/c.jpg", "/other/d.jpg"]


def filled() -> MemoryStore:
    store = MemoryStore()
    store.put_many(StoredRecord(record(path), VERSIONS) for path in PATHS)
    return store


def test_only_records_below_the_roots_whose_file_is_certainly_gone_are_named() -> None:
    answers = {"/lib/b.jpg": True, "/lib/c.jpg": None, "/other/d.jpg": True}
    walk = Walk(("/lib",), (record("/lib/a.jpg").file,))

    assert vanished(filled(), walk, lambda path, _: answers[path]) == ["/lib/b.jpg"]


def test_forgetting_leaves_the_others() -> None:
    store = filled()

    assert forget(store, ["/lib/b.jpg"]) == 1
    assert sorted(store.get_many(PATHS)) == ["/lib/a.jpg", "/lib/c.jpg", "/other/d.jpg"]
