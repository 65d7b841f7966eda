#!/usr/bin/env python3
"""Processor time a file of a first run, beside other programs on the same files in the same run.

    bench/speed.py PHOTOS --count 120 --czkawka PATH --peers-python PYTHON

PHOTOS      a folder of different photographs, made into 12-megapixel camera JPEGs
--side      make pictures of that longest side instead, as the web has them (500)
--pictures  where those are made, or where they lie since the last time; a temporary folder if it is not given
--czkawka   czkawka_cli (cargo install czkawka_cli); left out where it is not given
--peers-python   a Python that has ImageHash; left out where it is not given

Every program runs with two threads or processes, its caches off or empty. Prints processor seconds (user + system of
the program and all its children) a file, and how many times as much as ours that is; also of our second run, and of a
first run that looks for edited copies too, which is set beside czkawka with mirrored and turned pictures as well.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from camera_pictures import write_camera_pictures, write_web_pictures

ROOT = Path(__file__).resolve().parents[1]
EVERY_RELATION = "same-bytes,same-pixels,same-picture,turned,edited"
PHASH_POOL = """
import sys
from multiprocessing import Pool
from PIL import Image
import imagehash

def phash(path):
    with Image.open(path) as image:
        return str(imagehash.phash(image))

if __name__ == "__main__":
    with Pool(2) as pool:
        print(len(pool.map(phash, sys.argv[1:], chunksize=4)))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--side", type=int)
    parser.add_argument("--only", default="", help="programs with this word in their name; all if it is not given")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--czkawka")
    parser.add_argument("--peers-python")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        pictures = wanted.pictures or Path(place) / "Pictures"
        made = sorted(pictures.glob("*.jpg"))[: wanted.count]
        write = write_web_pictures if wanted.side else write_camera_pictures
        files = made if len(made) == wanted.count else write(wanted.photos, pictures, wanted.count, wanted.side or 1)
        size, what = sum(f.stat().st_size for f in files) / len(files) / 1e6, wanted.side or "4000 x 3000"
        print(f"{len(files)} JPEGs of {what} pixels, {size:.2f} MB each; {wanted.rounds} rounds, the least of each")
        commands = programs(wanted, pictures, files, Path(place))
        report({n: c for n, c in commands.items() if wanted.only in n}, len(files), wanted.rounds)


def programs(wanted: argparse.Namespace, pictures: Path, files: list[Path], place: Path) -> dict[str, list[str]]:
    """Command lines by name; ours first."""
    ours = [sys.executable, "-m", "py_image_dedup", "deduplicate", "--dry-run", "--state", str(place / "state")]
    found = {"py-image-dedup, first run": [*ours, str(pictures)], "py-image-dedup, second run": [*ours, str(pictures)]}
    edited = [*ours[:-1], str(place / "edited"), "--relations", EVERY_RELATION, str(pictures)]
    found["py-image-dedup, edited, first run"] = edited
    if wanted.peers_python:
        script = place / "phash_pool.py"
        script.write_text(PHASH_POOL)
        found["imagehash.phash, pool"] = [wanted.peers_python, str(script), *map(str, files)]
    if wanted.czkawka:
        theirs = [wanted.czkawka, "image", "-d", str(pictures), "-T", "2", "-H", "-W", "-N", "-M"]
        found["czkawka_cli image"] = theirs
        found["czkawka_cli, turned too"] = [*theirs, "--geometric-invariance", "mirror-flip-rotate90"]
    return found


def report(commands: dict[str, list[str]], count: int, rounds: int) -> None:
    least: dict[str, tuple[float, float]] = {}
    for _ in range(rounds):
        for name, command in commands.items():
            if "first run" in name:
                subprocess.run(["rm", "-rf", command[command.index("--state") + 1]], check=True)
            cost = measured(command)
            least[name] = min(least.get(name, cost), cost)
    ours = next(iter(least.values()))[0]
    for name, (processor_s, wall_s) in least.items():
        per_file_ms = processor_s / count * 1000
        print(f"{name:28s} {per_file_ms:8.2f} ms a file, {wall_s:7.2f} s in all, {processor_s / ours:6.2f} times ours")


def measured(command: list[str]) -> tuple[float, float]:
    """Processor seconds and wall seconds of a command with all its children."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    environment = {**os.environ, "PY_IMAGE_DEDUP_ANALYSIS_THREADS": "2"}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)
    return used, time.monotonic() - started


if __name__ == "__main__":
    main()
