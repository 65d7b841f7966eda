"""Recall by kind of change, precision and photos lost, on labelled sets made from the shared photographs.

    python bench/accuracy.py [--originals 300] [--seeds 1,2,3] [--copies 6] [--pairs 0] [--kinds mild|all|hard|LIST]
                             [--relations LIST] [--keep DIR]

Each set holds photographs, copies of them by known changes, and views of one scene that are no copies of each other
(`shared/bench/make_set.py`). The installed program searches it with all of `--relations` switched on; every file of a
group that would go counts as gone (`shared/bench/score.py`). Exit status 1 where a photo is lost or a pair is false.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
PHOTOGRAPHS = SHARED / "photos/imagenet-sample"
MILD = (
    "jpeg-q90,jpeg-q50,jpeg-q20,jpeg-q8,png,webp,tiff,scale-75,scale-50,scale-25,scale-200,chat,bright-up,bright-down,"
    "contrast-up,contrast-down,saturate,gamma-0.7,gamma-1.5,blur,sharpen,noise,rot90,rot180,rot270,mirror,exif-turned"
)
EDITED = "scale-12,stretch-15,grey,caption,logo,letterbox,frame,crop-95,crop-90,crop-80,crop-70,crop-50,tilt-2,tilt-5"
KINDS = {"mild": MILD, "all": f"{MILD},{EDITED}", "hard": "hard"}
REMOVED = "same-bytes,same-pixels,same-picture,turned"


def made_set(
    folder: Path, wanted: argparse.Namespace, seed: int, source: Path = PHOTOGRAPHS, alone: float = 0.5
) -> None:
    """Make a labelled set; `alone` is the share of photographs without any copy."""
    command = [sys.executable, str(SHARED / "bench/make_set.py"), str(source), "--alone", str(alone)]
    command += ["--out", str(folder), "--originals", str(wanted.originals), "--copies", str(wanted.copies)]
    command += ["--pairs", str(wanted.pairs), "--seed", str(seed), "--kinds", KINDS.get(wanted.kinds, wanted.kinds)]
    command += ["--negatives", str(SHARED / "photos/sceaux-castle")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def found_groups(folder: Path, relations: str) -> list[dict[str, Any]]:
    """What the program says; an index of its own, so that everything is computed."""
    with tempfile.TemporaryDirectory() as state:
        command = [sys.executable, "-m", "py_image_dedup", "deduplicate", "--dry-run", "--json", "--state", state]
        command += ["--relations", relations, str(folder / "images")]
        ran = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    groups: list[dict[str, Any]] = json.loads(ran.stdout)["groups"]
    return groups


def acted_on(groups: list[dict[str, Any]], relations: str) -> list[list[str]]:
    """Paths of each group, the one that stays first: only members whose relation is acted on."""
    wanted = set(relations.split(","))
    return [[group["keeper"], *(m["path"] for m in group["members"] if m["relation"] in wanted)] for group in groups]


def scored(folder: Path, groups: list[list[str]]) -> dict[str, Any]:
    listed = folder / "groups.json"
    listed.write_text(json.dumps(groups))
    command = [sys.executable, str(SHARED / "bench/score.py"), str(folder), str(listed), "--json"]
    result: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return result


def copies_by_kind(folder: Path) -> Counter[str]:
    kinds = json.loads((folder / "truth.json").read_text())["kind"].values()
    return Counter("two in turn" if "+" in kind else kind for kind in kinds if kind not in {"original", "negative"})


def measured(folder: Path, wanted: argparse.Namespace, seed: int) -> dict[str, Any]:
    """Make a set, search it, score it, and say so in a line."""
    made_set(folder, wanted, seed)
    began = time.monotonic()
    groups = found_groups(folder, wanted.relations)
    result = scored(folder, acted_on(groups, wanted.relations))
    print(
        f"seed {seed}: {result['files']} files, {time.monotonic() - began:.0f} s, "
        f"copy recall {result['copy_recall']:.4f}, pair precision {result['pair_precision']:.4f}, "
        f"false pairs {result['false_pairs']}, photos lost {result['photos_lost']}",
        flush=True,
    )
    return {**result, "copies": copies_by_kind(folder)}


def print_by_kind(results: list[dict[str, Any]]) -> None:
    """Recall of each kind over all seeds, the worst first."""
    found: defaultdict[str, float] = defaultdict(float)
    total: Counter[str] = Counter()
    for result in results:
        for kind, count in result["copies"].items():
            found[kind] += result["recall_by_kind"][kind] * count
            total[kind] += count
    for kind in sorted(total, key=lambda k: (found[k] / total[k], k)):
        print(f"  {kind:14s} {found[kind] / total[kind]:6.1%}  of {total[kind]}")
    print(f"all copies: {sum(found.values()) / max(1, total.total()):.4f} of {total.total()}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--originals", type=int, default=300)
    parser.add_argument("--copies", type=int, default=6)
    parser.add_argument("--pairs", type=int, default=0)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--kinds", default="mild", help=f"{', '.join(KINDS)} or a list of kinds")
    parser.add_argument("--relations", default=REMOVED)
    parser.add_argument("--keep", type=Path, help="leave the sets in this folder")
    return parser.parse_args()


def main() -> int:
    wanted = arguments()
    with tempfile.TemporaryDirectory() as scratch:
        folder = wanted.keep or Path(scratch)
        seeds = [int(seed) for seed in wanted.seeds.split(",")]
        results = [measured(folder / f"seed-{seed}", wanted, seed) for seed in seeds]
    print_by_kind(results)
    return int(any(result["photos_lost"] or result["false_pairs"] for result in results))


if __name__ == "__main__":
    sys.exit(main())
