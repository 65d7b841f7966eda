"""How often a relation is told wrong, with the bound that 95 of 100 such measurements would stay below.

    python bench/error_rates.py [--originals 30] [--seeds 1] [--kinds all] [--copies 0] [--longest 0] [--series 2]
                                [--results FILE]

Judged are pairs whose truth is known: photographs beside their copies (`relations.py`, the sets of `accuracy.py`), and
every pair of look-alikes (`look_alikes.py`). Of all pairs that are told one relation: in how many is it not true? A
copy called look-alike is wrong, and a look-alike called anything else. The bound is that of Clopper and Pearson (1934);
where nothing was wrong it is the rule of three, 3 / n. Pairs that chance would bring together are not among them: the
rates are for pairs that a person would look at twice.

Each seed of copies and each of look-alikes is added to `--results` when it is through: a call with other seeds, kinds
or `--longest` (small pictures, which cost little) adds to it, the same call again says what is there. `--originals 0`
or `--series 0` leave one half out.
"""

import argparse
import json
import math
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from accuracy import PHOTOGRAPHS, made_set  # noqa: E402 - a folder of scripts
from look_alikes import corpus, name_of  # noqa: E402
from photographs import gathered  # noqa: E402
from relations import right_for, told  # noqa: E402

RISK = 0.05
Answer = tuple[str, bool]  # relation, whether it is true
Counts = dict[str, tuple[int, int]]  # by relation: pairs that are told it, and of these those of which it is not true


def bound(wrong: int, judged: int, risk: float = RISK) -> float:
    """Upper bound of a rate: the one at which so few wrong ones would be seen with this probability only."""
    if wrong >= judged:
        return 1.0
    low, high = wrong / judged, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(wrong, judged, middle) > risk else (low, middle)
    return high


def _at_most(wrong: int, judged: int, rate: float) -> float:
    """Probability of so many or fewer (binomial distribution), through logarithms."""
    if rate >= 1:
        return 0.0
    logs = (
        math.lgamma(judged + 1) - math.lgamma(k + 1) - math.lgamma(judged - k + 1)
        + k * math.log(rate) + (judged - k) * math.log1p(-rate)
        for k in range(wrong + 1)
        if rate > 0 or k == 0
    )  # fmt: skip
    return math.fsum(map(math.exp, logs)) if rate > 0 else 1.0


def of_copies(wanted: argparse.Namespace, seed: int, scratch: Path) -> Iterator[Answer]:
    """What is said of photographs and their copies."""
    source = gathered(PHOTOGRAPHS, scratch / "photographs", wanted.longest) if wanted.longest else PHOTOGRAPHS
    made_set(scratch / "set", wanted, seed, source, alone=0)
    answers = told(scratch / "set")
    yield from ((relation, relation in right_for(kind)) for kind, relation, _ in answers if relation != "none")


def of_look_alikes(wanted: argparse.Namespace, seed: int, scratch: Path) -> Iterator[Answer]:
    """What is said of pictures that only look alike."""
    for pair in corpus(scratch, [seed], wanted.series):
        if pair.relation is not None:
            yield name_of(pair), name_of(pair) == "look-alike"


def counted(answers: Iterable[Answer]) -> Counts:
    judged, wrong = Counter[str](), Counter[str]()
    for relation, is_true in answers:
        judged[relation] += 1
        wrong[relation] += not is_true
    return {relation: (judged[relation], wrong[relation]) for relation in judged}


def measured(wanted: argparse.Namespace, known: dict[str, Counts]) -> dict[str, Counts]:
    """What is known, and each part that is wanted and is not known yet; kept whenever one is through."""
    parts = {}
    for seed in map(int, wanted.seeds.split(",")):
        copies = f"{wanted.originals} x {wanted.copies} of {wanted.kinds}, longest {wanted.longest}, seed {seed}"
        parts |= {copies: (of_copies, seed)} if wanted.originals else {}
        parts |= (
            {f"{wanted.series} series of look-alikes, seed {seed}": (of_look_alikes, seed)} if wanted.series else {}
        )
    for name in sorted(parts.keys() - known.keys()):
        asks, seed = parts[name]
        with tempfile.TemporaryDirectory() as scratch:
            known = {**known, name: counted(asks(wanted, seed, Path(scratch)))}
        if wanted.results:
            wanted.results.write_text(json.dumps(known, indent=1))
        print(f"{name}: {known[name]}", flush=True)
    return known


def summed(parts: Iterable[Counts]) -> Counts:
    total: Counts = {}
    for relation, (judged, wrong) in (item for part in parts for item in part.items()):
        of_others = total.get(relation, (0, 0))
        total[relation] = of_others[0] + judged, of_others[1] + wrong
    return total


def report(counts: Counts) -> None:
    """Print a line a relation."""
    print("| relation told | pairs | told wrong | rate | at most (95 %) |\n|---|---|---|---|---|")
    for relation, (n, k) in sorted(counts.items()):
        print(f"| {relation} | {n:,} | {k} | {k / n:.4f} | {bound(k, n):.4f} |")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--originals", type=int, default=30)
    parser.add_argument("--copies", type=int, default=0, help="of each photograph; 0: one of every kind")
    parser.add_argument("--pairs", type=int, default=0)
    parser.add_argument("--kinds", default="all")
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--longest", type=int, default=0, help="photographs are reduced to it first; 0: as they are")
    parser.add_argument("--series", type=int, default=2, help="of look-alikes, of each kind")
    parser.add_argument("--results", type=Path, help="a JSON file that is added to")
    wanted = parser.parse_args()
    kept = wanted.results and wanted.results.exists()
    report(summed(measured(wanted, json.loads(wanted.results.read_text()) if kept else {}).values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
