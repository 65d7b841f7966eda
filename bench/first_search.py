"""A first search by words as a run makes it: python -m bench.first_search FOLDER [--workers 2] [--questions N]

FOLDER holds the index that `bench.synthetic_library` made, and gets the index of words. All of its pictures are
present; N of them are new, spread evenly over all: a sample of a first search, in which all of them are. The search is
made three times: with the index of words to be made and `FEWEST` questions, with the index kept, and with N questions;
so what a question costs is told apart from what is done once. Processor time is that of all processes together, memory
the most that they had at once, with shared pages counted once (PSS).
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.listeners import Silence
from py_image_dedup.model.matches import Candidate
from py_image_dedup.phases.lean import lean
from py_image_dedup.settings.load import load
from py_image_dedup.wiring import WORDS_FILE
from py_image_dedup.wiring.edited import with_words
from py_image_dedup.wiring.index import store_for
from py_image_dedup.wiring.spread import spread_for

FEWEST = 1_000  # that are spread over processes
LOOK_S = 0.5
LIBRARY = "/photos"  # of `bench.synthetic_words`
KIB_OF_MB = 1e6 / 1024


class NoHashes:
    """A `CandidateIndex` that names nobody: what hashes cost is measured elsewhere."""

    method = "none"

    def candidates(self, new: Sequence[ImageRecord], all_: Sequence[ImageRecord]) -> Sequence[Candidate]:  # noqa: ARG002
        """Nobody."""
        return ()


def spent_s() -> float:
    """Processor time of this process and of those that it has ended."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def searched(folder: str, workers: int, questions: int) -> None:
    """In a process of its own: read the index, search, print what it took."""
    wanted = {"analysis.threads": workers, "analysis.edited": True, "state.directory": folder, "store": "sqlite"}
    settings = load(overrides=wanted, environ={"HOME": folder}, check_folders=False)
    store = store_for(settings, Silence())
    records = [lean(stored.result) for stored in store.under([LIBRARY])]
    by_content = {record.sha256: record for record in records if isinstance(record, ImageRecord)}
    new = [by_content[content] for content in sorted(by_content)[:: max(1, len(by_content) // questions)]][:questions]
    index = with_words(settings, NoHashes(), store, print, adds=True, spread=spread_for(settings, store))
    began_s, at = spent_s(), time.monotonic()
    found = sum(1 for _ in index.candidates(new, list(by_content.values())))
    store.close()
    told = {"pictures": len(by_content), "questions": len(new), "found": found}
    print(json.dumps(told | {"cpu_s": spent_s() - began_s, "wall_s": time.monotonic() - at}))


def of_tree(pid: int) -> int:
    """Memory of a process and all below it, in KiB, each page shared among them once."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return 0
    own = sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return own + sum(map(of_tree, children))


def measured(folder: str, workers: int, questions: int) -> dict[str, Any]:
    """Run `searched` and look at its memory meanwhile."""
    command = [sys.executable, "-m", "bench.first_search", folder, "--workers", str(workers)]
    process = subprocess.Popen([*command, "--inside", str(questions)], stdout=subprocess.PIPE, text=True)
    most_kib = 0
    while process.poll() is None:
        most_kib = max(most_kib, of_tree(process.pid))
        time.sleep(LOOK_S)
    assert process.stdout is not None
    answer: dict[str, Any] = json.loads(process.stdout.read().splitlines()[-1])
    return answer | {"memory_mb": most_kib / KIB_OF_MB}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--questions", type=int, default=20_000)
    parser.add_argument("--inside", type=int, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.inside:
        searched(wanted.folder, wanted.workers, wanted.inside)
        return
    Path(wanted.folder, WORDS_FILE).unlink(missing_ok=True)
    for what, questions in (("index made", FEWEST), ("index kept", FEWEST), ("index kept", wanted.questions)):
        answer = measured(wanted.folder, wanted.workers, questions)
        print(f"{what}, {questions:,} new of {answer['pictures']:,}: ", end="")
        print(f"{answer['cpu_s']:.1f} s of processor time, {answer['wall_s']:.1f} s, ", end="")
        print(f"{answer['memory_mb']:.0f} MB at most; {answer['found']} pairs", flush=True)
        if what == "index kept" and questions == FEWEST:
            once_s = answer["cpu_s"]
    each_ms = (answer["cpu_s"] - once_s) / (wanted.questions - FEWEST) * 1000
    whole_min = (answer["pictures"] * each_ms / 1000 + once_s) / 60
    print(f"{each_ms:.2f} ms a question; all pictures: {whole_min:.1f} min of processor time")


if __name__ == "__main__":
    main()
