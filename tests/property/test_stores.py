"""Whatever is done to it, the SQLite index answers as a dict would; and every value survives its row."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import (
    Fingerprint,
    ImageFacts,
    ImageRecord,
    StoredRecord,
    Unreadable,
    UnreadableKind,
)
from py_image_dedup.model.matches import Comparison, Evidence, Relation
from py_image_dedup.model.ports import RecordStore
from py_image_dedup.stores.memory import MemoryStore
from py_image_dedup.stores.rows import comparison, comparison_row, record_row, stored_record
from py_image_dedup.stores.sqlite import SqliteStore

NAMES = st.lists(st.sampled_from(["a", "b", "a!", "\udcff", "\uffee", "\U0001f5bc"]), min_size=1, max_size=3)
PATHS = NAMES.map(lambda names: "/" + "/".join(names))
CONTENTS = st.sampled_from([bytes([n]) * 32 for n in range(6)])
METHODS = st.sampled_from(["one", "two"])
UNSIGNED_64 = st.integers(0, 2**64 - 1)
SIGNED_64 = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(), max_size=20)  # lone surrogates included
FLOATS = st.floats(allow_nan=False, allow_infinity=False)

FILES = st.builds(
    ImageFile, PATHS, st.just(""), st.integers(1, 2**62), SIGNED_64, SIGNED_64, UNSIGNED_64, UNSIGNED_64, SIGNED_64
)
FACTS = st.builds(
    ImageFacts,
    width=st.integers(1, 10**6),
    height=st.integers(1, 10**6),
    format=TEXTS,
    mode=TEXTS,
    taken_at=st.none() | TEXTS,
    camera=st.none() | TEXTS,
    gps=st.none() | st.tuples(FLOATS, FLOATS),
    jpeg_quality=st.none() | st.integers(1, 100),
    detail=FLOATS,
)
FINGERPRINTS = st.lists(st.builds(Fingerprint, TEXTS, st.integers(0, 10**6), st.binary(max_size=40)), max_size=3).map(
    tuple
)
RESULTS = st.builds(ImageRecord, FILES, CONTENTS, FACTS, FINGERPRINTS) | st.builds(
    Unreadable, FILES, st.sampled_from(UnreadableKind), TEXTS
)
STORED = st.builds(StoredRecord, RESULTS, st.lists(st.tuples(TEXTS, st.integers(0, 99)), max_size=3).map(tuple))
MAYBE = st.none() | FLOATS
EVIDENCE = st.builds(Evidence, TEXTS, FLOATS, MAYBE, MAYBE, MAYBE, st.integers(1, 8), MAYBE, MAYBE, MAYBE)
COMPARISONS = st.builds(Comparison, CONTENTS, CONTENTS, st.none() | st.sampled_from(Relation), EVIDENCE)

Step = Callable[[RecordStore], object]
STEPS = st.one_of(
    st.lists(STORED, max_size=4).map(lambda records: lambda store: store.put_many(records)),
    st.lists(PATHS, max_size=3).map(lambda paths: lambda store: store.remove(paths)),
    st.lists(PATHS, max_size=5).map(lambda paths: lambda store: store.get_many(paths)),
    st.lists(PATHS, max_size=3).map(lambda roots: lambda store: list(store.under(roots))),
    st.lists(PATHS, max_size=3).map(lambda roots: lambda store: list(store.files_under(roots))),
    st.tuples(METHODS, st.lists(COMPARISONS, max_size=5), st.lists(CONTENTS)).map(lambda t: lambda s: s.remember(*t)),
    st.tuples(st.frozensets(CONTENTS), METHODS).map(lambda t: lambda store: list(store.comparisons(*t))),
    st.tuples(st.frozensets(CONTENTS), METHODS).map(lambda t: lambda store: store.searched(*t)),
    st.tuples(METHODS, st.lists(st.tuples(CONTENTS, st.none() | TEXTS), max_size=3)).map(
        lambda t: lambda store: store.remember_soundness(*t)
    ),
    st.tuples(st.lists(CONTENTS), METHODS).map(lambda t: lambda store: store.soundness(*t)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=25))
def test_the_index_answers_as_the_memory_does(steps: list[Step]) -> None:
    with TemporaryDirectory() as folder:
        sqlite, memory = SqliteStore(str(Path(folder) / "index.sqlite")), MemoryStore()

        answers = [(step(sqlite), step(memory)) for step in steps]
        everything = list(sqlite.under(["/"]))
        sqlite.close()

    assert [of_sqlite for of_sqlite, _ in answers] == [of_memory for _, of_memory in answers]
    assert everything == list(memory.under(["/"]))


@settings(deadline=None)
@given(STORED)
def test_a_record_survives_its_row(stored: StoredRecord) -> None:
    assert stored_record(tuple(record_row(stored))) == stored


@settings(deadline=None)
@given(COMPARISONS)
def test_a_comparison_survives_its_row(compared: Comparison) -> None:
    assert comparison(tuple(comparison_row(compared))) == compared
