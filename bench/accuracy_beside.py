"""Ours and other programs over the same labelled sets; writes what they found into the documentation, with plots.

    python bench/accuracy_beside.py [--originals 100] [--seeds 1,2,3] [--kinds all] [--peers-python PYTHON]
                                    [--czkawka PATH] [--source NAME=DIR ...] [--longest 800] [--labelled DIR ...]
                                    [--only WORD ...] [--sets DIR] [--results FILE] [--write]

Sets are made with `shared/bench/make_set.py` from each source of photographs: those of the shared folder where none is
named. `--labelled` takes folders of your own instead (see `labelled.py`). A program that is missing is named with the
command that installs it. Results are kept in `--results` after every run, so that a second call goes on where the first
one ended; `--write` puts them into docs/benchmarks.md between its marks, and the plots beside it.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent)]

from accuracy import KINDS, SHARED  # noqa: E402 - a folder of scripts
from accuracy_peers import ROOT, Program, programs  # noqa: E402
from accuracy_plots import recall_beside_loss, recall_by_kind  # noqa: E402
from labelled import Score, labelled, scored  # noqa: E402
from photographs import gathered  # noqa: E402

DOCUMENT = ROOT / "docs/benchmarks.md"
BEGIN, END = "<!-- beside others: begin -->", "<!-- beside others: end -->"
SOURCES = {"imagenet": SHARED / "photos/imagenet-sample", "cameras": SHARED / "photos/exif-samples"}
Results = dict[str, dict[str, Any]]  # "program | set" -> score and cost


def made_sets(wanted: argparse.Namespace, scratch: Path) -> dict[str, Path]:
    """Labelled sets by name: those that are named, or some made of each source and seed."""
    if wanted.labelled:
        return {path.resolve().name: path for path in wanted.labelled}
    sources = dict(one.split("=", 1) for one in wanted.source) if wanted.source else SOURCES
    sets = {}
    for name, folder in sources.items():
        chosen = gathered(Path(folder), scratch / f"{name}-{wanted.longest or 'all'}", wanted.longest)
        for seed in wanted.seeds.split(","):
            sets[f"{name} {seed}"] = made = scratch / f"{name}-{wanted.originals}-{wanted.kinds}-{seed}"
            if not (made / "truth.json").exists():
                shutil.rmtree(made, ignore_errors=True)
                _make(chosen, made, wanted, seed, negatives=name == "imagenet")
    return sets


def _make(source: Path, made: Path, wanted: argparse.Namespace, seed: str, *, negatives: bool) -> None:
    command = [sys.executable, str(SHARED / "bench/make_set.py"), str(source), "--out", str(made), "--seed", seed]
    command += ["--originals", str(wanted.originals), "--kinds", KINDS.get(wanted.kinds, wanted.kinds)]
    command += ["--negatives", str(SHARED / "photos/sceaux-castle")] if negatives else []
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def asked(program: Program, folder: Path) -> dict[str, Any]:
    """Run one program over one set: its score, processor and wall seconds."""
    truth, before, began = labelled(folder), resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    groups = program.groups(truth.images)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    score = scored(truth, groups)
    return {
        **{name: getattr(score, name) for name in ("true_pairs", "false_pairs", "all_pairs", "lost")},
        "found": score.found,
        "copies": score.copies,
        "processor_s": processor,
        "wall_s": time.monotonic() - began,
        "files": len(truth.photo),
        "photographs": len(set(truth.photo.values())),
    }


def score_of(result: dict[str, Any]) -> Score:
    counts = (result[name] for name in ("true_pairs", "false_pairs", "all_pairs", "lost"))
    return Score(*counts, Counter(result["found"]), Counter(result["copies"]))


def comparable(results: Results) -> Results:
    """Results over the sets that every program has searched, ours first."""
    names = [name.split(" | ") for name in results]
    of = {program: {place for one, place in names if one == program} for program, _ in names}
    common = set.intersection(*of.values()) if of else set()
    ours_first = sorted(results, key=lambda name: not name.startswith("py-image-dedup"))
    return {name: results[name] for name in ours_first if name.split(" | ")[1] in common}


def summed(results: Results) -> dict[str, Score]:
    """One score a program over all sets."""
    total: dict[str, Score] = {}
    for name, result in results.items():
        program, score = name.split(" | ")[0], score_of(result)
        total[program] = total[program] + score if program in total else score
    return total


def table(results: Results) -> list[str]:
    """Markdown: what was searched, and a row a program."""
    sets = {name.split(" | ")[1]: result for name, result in results.items()}
    files = sum(result["files"] for result in sets.values())
    times: defaultdict[str, float] = defaultdict(float)
    for name, result in results.items():
        times[name.split(" | ")[0]] += result["processor_s"]
    lines = ["| set | photographs | files | copies |", "|---|---|---|---|"]
    for name, result in sets.items():
        lines.append(f"| {name} | {result['photographs']} | {result['files']} | {sum(result['copies'].values())} |")
    lines += [
        "",
        "| program | copies found | pair precision | false pairs | photographs lost | processor time a file |",
    ]
    lines += ["|---|---|---|---|---|---|"]
    for name, score in summed(results).items():
        lines.append(
            f"| {name} | {score.recall:.4f} | {score.precision:.4f} | {score.false_pairs:,} | {score.lost} "
            f"| {times[name] / files * 1000:.0f} ms |"
        )
    return lines


def write(results: Results) -> None:
    """Put table and plots into the documentation."""
    before, _, rest = DOCUMENT.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    plots = [f"![{what}](benchmarks-{name}.svg)" for what, name in (("found", "recall"), ("by kind", "kinds"))]
    text = "\n".join([BEGIN, "", *table(results), "", *plots, "", END])
    DOCUMENT.write_text(before + text + after, "utf-8")
    recall_beside_loss(summed(results), DOCUMENT.with_name("benchmarks-recall.svg"))
    recall_by_kind(summed(results), DOCUMENT.with_name("benchmarks-kinds.svg"))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--originals", type=int, default=100)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--kinds", default="all", help=f"{', '.join(KINDS)} or a list of kinds")
    parser.add_argument("--source", nargs="*", help="NAME=DIR of photographs")
    parser.add_argument("--longest", type=int, default=800, help="larger photographs are reduced to it; 0: none is")
    parser.add_argument("--labelled", nargs="*", type=Path, help="labelled folders instead of made sets")
    parser.add_argument("--czkawka", help="czkawka_cli, where it is not on the PATH")
    parser.add_argument("--peers-python", help="a Python that has imagededup, ImageHash, difPy or image-match")
    parser.add_argument("--only", nargs="*", default=[""], help="programs with one of these words in their names")
    parser.add_argument("--sets", type=Path, help="where sets are made, or lie since the last time")
    parser.add_argument("--results", type=Path, help="a JSON file that is gone on with")
    parser.add_argument("--write", action="store_true", help="put the results into docs/benchmarks.md")
    return parser.parse_args()


def run_all(wanted: argparse.Namespace, sets: dict[str, Path], results: Results) -> None:
    for program in programs(wanted.czkawka, wanted.peers_python):
        if not any(word in program.name for word in wanted.only):
            continue
        if program.missing:
            print(f"{program.name}: missing; {program.missing}")
            continue
        for name, folder in sets.items():
            key = f"{program.name} | {name}"
            if key not in results or results[key]["files"] != len(labelled(folder).photo):
                results[key] = asked(program, folder)
                if wanted.results:
                    wanted.results.write_text(json.dumps(results, indent=1))
            score = score_of(results[key])
            print(f"{key}: {score.recall:.4f}, {score.false_pairs} false pairs, {score.lost} lost", flush=True)


def main() -> int:
    wanted = arguments()
    kept = wanted.results and wanted.results.exists()
    results: Results = json.loads(wanted.results.read_text()) if kept else {}
    with tempfile.TemporaryDirectory() as scratch:
        run_all(wanted, made_sets(wanted, wanted.sets or Path(scratch)), results)
    results = comparable(results)
    print("\n".join(table(results)))
    if wanted.write:
        write(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
