"""A first search by words as a run makes it: python -m bench.first_search FOLDER [--workers 2] [--questions N]

FOLDER holds the index that `bench.synthetic_library` made, and gets the index of words. All of its pictures are
present; N of them are new, spread evenly over all: a sample of a first search, in which all of them are. One process
holds the records as a run does and searches three times: with the index of words to be made and `FEWEST` questions,
with the index kept, and with N questions; so what a question costs is told apart from what is done once. Processor time
is that of all processes together, memory the most that they had at once, with shared pages counted once (PSS).
"""

import argparse
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from select import select
from typing import Any

from py_image_dedup.faces.cli.main import THREADS_OF_PRODUCTS
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
    """In a process of its own: read the index, search, print what each search took."""
    wanted = {"analysis.threads": workers, "analysis.edited": True, "state.directory": folder, "store": "sqlite"}
    settings = load(overrides=wanted, environ={"HOME": folder}, check_folders=False)
    store = store_for(settings, Silence())
    records = (lean(stored.result) for stored in store.under([LIBRARY]))
    by_content = {record.sha256: record for record in records if isinstance(record, ImageRecord)}
    index = with_words(settings, NoHashes(), store, print, adds=True, spread=spread_for(settings, store))
    Path(folder, WORDS_FILE).unlink(missing_ok=True)
    tell("records read", 0, 0, spent_s(), len(by_content))
    for what, count in (("index made", FEWEST), ("index kept", FEWEST), ("index kept", questions)):
        began_s = spent_s()
        new = sorted(by_content)[:: max(1, len(by_content) // count)][:count]
        found = sum(1 for _ in index.candidates([by_content[c] for c in new], list(by_content.values())))
        tell(what, len(new), found, spent_s() - began_s, len(by_content))
    store.close()


def tell(what: str, questions: int, found: int, cpu_s: float, pictures: int) -> None:
    """To the process that looks at the memory."""
    told = {"what": what, "questions": questions, "found": found, "cpu_s": cpu_s, "pictures": pictures}
    print(json.dumps(told), flush=True)


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


def measured(folder: str, workers: int, questions: int) -> Iterator[dict[str, Any]]:
    """Run `searched` and look at its memory meanwhile: what each search took."""
    command = [sys.executable, "-m", "bench.first_search", folder, "--workers", str(workers)]
    as_a_run = dict.fromkeys(THREADS_OF_PRODUCTS, "1") | os.environ
    process = subprocess.Popen([*command, "--inside", str(questions)], stdout=subprocess.PIPE, env=as_a_run)
    assert process.stdout is not None
    most_kib = 0
    while True:
        most_kib = max(most_kib, of_tree(process.pid))
        if select([process.stdout], [], [], LOOK_S)[0]:
            line = process.stdout.readline()
            if not line:
                break
            yield json.loads(line) | {"memory_mb": most_kib / KIB_OF_MB}
            most_kib = 0
    assert process.wait() == 0


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
    spent = []
    for told in measured(wanted.folder, wanted.workers, wanted.questions):
        print(
            "{pictures:,} pictures, {what}, {questions:,} new: {cpu_s:.1f} s of processor time, ".format(**told), end=""
        )
        print("{memory_mb:.0f} MB at most; {found} pairs".format(**told), flush=True)
        spent.append(told["cpu_s"])
    each_s = (spent[-1] - spent[-2]) / (wanted.questions - FEWEST)
    once_s = spent[1] - FEWEST * each_s
    whole_min = (told["pictures"] * each_s + once_s) / 60
    print(f"{each_s * 1000:.2f} ms a question; a first search: {whole_min:.1f} min of processor time")


if __name__ == "__main__":
    main()
