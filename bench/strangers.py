"""Many strangers and few copies: python -m bench.strangers [PICTURES] [--keep DIR]

Writes PICTURES (10,000) generated pictures, scenes, pages of text, night skies, walls, black and white ones, and a
hundredth as many copies (`tests/support/crowd.py`), and searches them with everything removable switched on. Prints
what was grouped and the processor time of analysis and search together; exits with 1 where strangers are in one group.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.support.crowd import strangers_grouped, whose, write_crowd

ROOT = Path(__file__).resolve().parents[1]
RELATIONS = "same-bytes,same-pixels,same-picture,turned,edited"


def found_groups(folder: Path, state: str) -> list[dict[str, Any]]:
    """What the program says of an index of its own."""
    command = [sys.executable, "-m", "py_image_dedup", "deduplicate", "--dry-run", "--json", "--state", state]
    ran = subprocess.run(
        [*command, "--relations", RELATIONS, str(folder)], cwd=ROOT, check=True, stdout=subprocess.PIPE
    )
    groups: list[dict[str, Any]] = json.loads(ran.stdout)["groups"]
    return groups


def acted_on(groups: list[dict[str, Any]]) -> list[list[str]]:
    """Of each group the file that stays, and those that would go."""
    wanted = set(RELATIONS.split(","))
    return [[g["keeper"], *(m["path"] for m in g["members"] if m["relation"] in wanted)] for g in groups]


def report(folder: Path, groups: list[dict[str, Any]]) -> bool:
    """Print, and say whether no group holds strangers."""
    gone = acted_on(groups)
    strangers = list(strangers_grouped(gone))
    copies = [str(path) for path in folder.rglob("*-copy-*")]
    found = {path for group in gone for path in group if sum(whose(p) == whose(path) for p in group) > 1}
    shown = sum(m["relation"] == "look-alike" for g in groups for m in g["members"])
    largest = max(gone, key=len, default=[])
    print(f"{len(gone)} groups, the largest of {len(largest)}: {', '.join(sorted({whose(p) for p in largest}))}")
    print(f"copies found: {len(found.intersection(copies))} of {len(copies)}; look-alikes shown: {shown}")
    print(f"strangers in one group: {len(strangers)}", *(f"  {a}  {b}" for a, b in strangers[:20]), sep="\n")
    return not strangers


def main() -> int:
    """Make, search, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=int, nargs="?", default=10_000)
    parser.add_argument("--keep", type=Path, help="leave the pictures and the index in this folder")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        place = wanted.keep or Path(scratch)
        if not (place / "pictures").is_dir():
            write_crowd(place / "pictures", wanted.pictures)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        groups = found_groups(place / "pictures", os.fspath(place / "state"))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        each_ms = spent_s / wanted.pictures * 1000
        print(f"{wanted.pictures:,} pictures: {spent_s:.0f} s of processor time, {each_ms:.1f} ms each")
        return int(not report(place / "pictures", groups))


if __name__ == "__main__":
    sys.exit(main())
