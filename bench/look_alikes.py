"""What is said of pictures that look alike and are no copies: every pair of a made corpus, kind by kind.

    python bench/look_alikes.py [--series 9] [--seeds 1] [--keep DIR] [--list]

`tests/support/look_alike_corpus.py` makes the pictures. Every pair of a series is compared along its points as well
(edited copies looked for), whatever would have proposed it. Exit status 1 where a pair is called the same picture,
turned or edited, or where fewer than 90 % of the pairs that are related at all are called look-alikes.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from py_image_dedup.model.matches import Relation  # noqa: E402 - a folder of scripts
from tests.support.judged_look_alikes import Judged, judged  # noqa: E402
from tests.support.look_alike_corpus import written_corpus  # noqa: E402

LEAST_SHARE = 0.9
HARMLESS = {None, Relation.LOOK_ALIKE}


def corpus(folder: Path, seeds: list[int], series: int) -> list[Judged]:
    """Make the corpus of each seed and judge all of its pairs."""
    answers = []
    for seed in seeds:
        for one in written_corpus(folder / str(seed), series, seed):
            answers += list(judged(one))
    return answers


def report(answers: list[Judged]) -> bool:
    """Print a line a kind; whether all is well."""
    by_kind: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for pair in answers:
        by_kind[pair.kind][name_of(pair)] += 1
    for kind, told in sorted(by_kind.items()):
        print(f"  {kind:18s} {told.total():5d}  " + ", ".join(f"{name} {n}" for name, n in told.most_common()))
    related = [pair for pair in answers if pair.relation is not None]
    alike = sum(pair.relation is Relation.LOOK_ALIKE for pair in related)
    false = sum(pair.relation not in HARMLESS for pair in answers)
    share = alike / max(1, len(related))
    print(
        f"{len(answers)} pairs of {len(by_kind)} kinds: {false} false, {len(related)} related, {share:.1%} look-alike"
    )
    return false == 0 and share >= LEAST_SHARE


def name_of(pair: Judged) -> str:
    return "none" if pair.relation is None else pair.relation.value


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=9, help="of each kind; ten pairs each")
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--keep", type=Path, help="leave the pictures in this folder")
    parser.add_argument("--list", action="store_true", help="name the pairs that are told wrong")
    wanted, began = parser.parse_args(), time.process_time()
    with tempfile.TemporaryDirectory() as scratch:
        seeds = [int(seed) for seed in wanted.seeds.split(",")]
        answers = corpus(wanted.keep or Path(scratch), seeds, wanted.series)
    is_well = report(answers)
    print(f"{time.process_time() - began:.0f} s of processor time")
    if wanted.list:
        print(*(f"{name_of(p)}: {p.left} {p.right}" for p in answers if p.relation not in HARMLESS), sep="\n")
    return int(not is_well)


if __name__ == "__main__":
    sys.exit(main())
