"""How many files a second the walk looks at, and what memory it takes: python -m bench.walk_speed [FILES]

Makes a tree of small files in a temporary folder (50 a folder, two levels), walks it in fresh processes and prints the
best of three, wall time. The tree was just written: this is a warm cache, as in a second run.
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

FILES_PER_FOLDER = 50
REPEATS = 3


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as root:
        make_files(Path(root), count)
        for _ in range(REPEATS):
            subprocess.run([sys.executable, "-m", "bench.walk_speed", "--once", root], check=True)


def make_files(root: Path, count: int) -> None:
    for start in range(0, count, FILES_PER_FOLDER):
        folder = root / f"{start // 5_000:04}" / f"album {start:07}"
        folder.mkdir(parents=True)
        for n in range(start, min(start + FILES_PER_FOLDER, count)):
            (folder / f"IMG_{n:07}.JPG").write_bytes(b"x")


def walk_once(root: str) -> None:
    from py_image_dedup.walking.selection import Selection
    from py_image_dedup.walking.walk import walk

    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started_s = perf_counter()
    walked = walk([root], Selection())
    taken_s = perf_counter() - started_s
    grown_mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib) / 1024
    count = len(walked.files)
    print(
        f"{count} files in {taken_s:.3f} s, {count / taken_s:,.0f} files/s,"
        f" memory grew by {grown_mib:.0f} MiB, {grown_mib * 1024 * 1024 / count:.0f} bytes a file"
    )


if __name__ == "__main__":
    walk_once(sys.argv[2]) if sys.argv[1:2] == ["--once"] else main()
