"""What the SQLite index costs: python -m bench.store_speed [RECORDS]

Records with a PDQ fingerprint of 257 bytes, written in batches of 200 as the analysis does, and in one; read back in
full and by path; comparisons asked for by content. Wall time on the disk of the temporary folder.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from py_image_dedup.model.matches import Comparison, Evidence
from py_image_dedup.stores.sqlite import SqliteStore
from tests.support.stored import content, stored

BATCH = 200
ASKED = 10_000
COMPARISONS_EACH = 10


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    records = [stored(f"/home/user/Pictures/{n // 500:05}/IMG_{n:07}.JPG", n, inode=n) for n in range(count)]
    contents = [content(n) for n in range(count)]
    pairs = [
        sorted((contents[n], contents[(n * 7 + k) % count])) for n in range(count) for k in range(COMPARISONS_EACH)
    ]
    evidence = Evidence("scaled to 50 %", 0.05, 0.93, 0.98, 1.5, 1, 0.5, 1.0, 1.0)
    comparisons = [Comparison(left, right, None, evidence) for left, right in pairs if left != right]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "index.sqlite")
        with timed("put_many, batches of 200", count):
            store = SqliteStore(path)
            for start in range(0, count, BATCH):
                store.put_many(records[start : start + BATCH])
        with timed("put_many again, one batch", count):
            store.put_many(records)
        with timed("remember comparisons", len(comparisons)):
            store.remember("method-1", comparisons, contents)
        store.close()
        print(f"the file has {os.path.getsize(path) / 2**20:.0f} MiB")
        with timed("open"):
            store = SqliteStore(path)
        with timed("under: all records", count):
            assert sum(1 for _ in store.under(["/home/user"])) == count
        with timed("files_under: all records", count):
            assert sum(1 for _ in store.files_under(["/home/user"])) == count
        paths = [record.result.file.path for record in records]
        with timed("get_many", ASKED):
            assert len(store.get_many(paths[:ASKED])) == ASKED
        with timed("get_many, all", count):
            assert len(store.get_many(paths)) == count
        with timed("searched, all", count):
            assert len(store.searched(contents, "method-1")) == count
        with timed("comparisons, all", len(comparisons)):
            found = sum(1 for _ in store.comparisons(contents, "method-1"))
        with timed("comparisons of 1,000 contents", 1000):
            list(store.comparisons(contents[:1000], "method-1"))
        print(f"{found} comparisons")
        store.close()


@contextmanager
def timed(what: str, items: int = 1) -> Iterator[None]:
    started_s = perf_counter()
    yield
    taken_s = perf_counter() - started_s
    print(f"{what:32} {items:9,} in {taken_s:7.3f} s  {items / taken_s:12,.0f} /s")


if __name__ == "__main__":
    main()
