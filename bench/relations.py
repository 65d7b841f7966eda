"""Are relations told right? Each photograph of labelled sets is compared with each of its copies, whatever finds them.

    python bench/relations.py [--originals 60] [--seeds 1,2,3] [--kinds all|mild|LIST] [--copies 0] [--missed]

The sets are those of `accuracy.py`. For each kind of change: the share of copies with a relation that is right for it,
and which others were told. What is cropped, framed, coloured or straightened must never be called the same picture.
Exit status 1 where one is.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from accuracy import EDITED, KINDS, made_set  # noqa: E402 - a folder of scripts

from py_image_dedup.matching.candidates.nearest import nearest  # noqa: E402
from py_image_dedup.model.images import ImageRecord  # noqa: E402
from py_image_dedup.model.matches import Candidate, Relation  # noqa: E402
from py_image_dedup.phases.compare import relation_by_content  # noqa: E402
from py_image_dedup.settings.load import load  # noqa: E402
from py_image_dedup.walking.asked import asked_for  # noqa: E402
from py_image_dedup.wiring.reading import reader_for, selection_of  # noqa: E402
from py_image_dedup.wiring.search import comparer_for  # noqa: E402

SAME = ("same-bytes", "same-pixels", "same-picture")
EXACT = {"same-file": ("same-bytes",), "png": ("same-pixels",), "tiff": ("same-pixels",)}
TONED = ("bright-up", "bright-down", "contrast-up", "contrast-down", "gamma-0.7", "gamma-1.5", "saturate")
TURNED = ("rot90", "rot180", "rot270", "mirror")
# Scaling to an eighth is an edit only by the name of the list it stands in.
CUT = tuple(kind for kind in EDITED.split(",") if kind != "scale-12")
Told = tuple[str, str, str]  # kind, relation, path of the copy


def right_for(kind: str) -> tuple[str, ...]:
    """The relations that tell the truth about a copy of this kind."""
    if kind in EXACT:
        return EXACT[kind]
    if kind in TURNED:
        return ("turned",)
    if kind in CUT:
        return ("edited",)
    return ("same-picture", "edited") if kind in TONED else ("same-picture",)


def told(folder: Path) -> Iterator[Told]:
    """What is said of each copy beside its photograph."""
    truth = json.loads((folder / "truth.json").read_text())
    root = str((folder / "images").resolve())
    settings = load(paths=[root], overrides={"analysis.edited": "yes"})
    files = asked_for([root], selection_of(settings)).files
    results = {r.file.path: r for r in reader_for(settings, ("pdq", "words")).analyse(files)}
    kinds = {f"{root}/{name}": kind for name, kind in truth["kind"].items()}
    groups = {f"{root}/{name}": group for name, group in truth["groups"].items()}
    originals = {groups[path]: path for path, kind in kinds.items() if kind == "original"}
    pairs: dict[tuple[bytes, bytes], list[tuple[str, str]]] = defaultdict(list)
    asked: dict[tuple[bytes, bytes], tuple[Candidate, ImageRecord, ImageRecord]] = {}
    for path, kind in kinds.items():
        if kind in {"original", "negative"}:
            continue
        ours, theirs = results[originals[groups[path]]], results[path]
        assert isinstance(ours, ImageRecord)
        assert isinstance(theirs, ImageRecord)
        known = relation_by_content(ours, theirs)
        candidate = nearest(ours, theirs) if known is None else None
        if candidate is None:
            yield kind, "none" if known is None else known.value, path
            continue
        records = {r.sha256: r for r in (ours, theirs)}
        pairs[candidate.left, candidate.right].append((kind, path))
        asked[candidate.left, candidate.right] = candidate, records[candidate.left], records[candidate.right]
    for answer in comparer_for(settings).compare(asked[pair] for pair in sorted(asked)):
        for kind, path in pairs.pop((answer.left, answer.right)):
            yield kind, "none" if answer.relation is None else answer.relation.value, path
    for kind, path in (copy for copies in pairs.values() for copy in copies):
        yield kind, "failed", path


def report(answers: list[Told]) -> int:
    """Print a line a kind, the worst first; the number of edited copies that were called the same."""
    by_kind: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for kind, relation, _ in answers:
        by_kind[kind][relation] += 1
    shares = {kind: sum(n for r, n in c.items() if r in right_for(kind)) / c.total() for kind, c in by_kind.items()}
    for kind in sorted(by_kind, key=lambda k: (shares[k], k)):
        wrong = ", ".join(f"{r} {n}" for r, n in by_kind[kind].most_common() if r not in right_for(kind))
        print(f"  {kind:14s} {shares[kind]:6.1%}  of {by_kind[kind].total():4d}  {wrong}")
    right = sum(relation in right_for(kind) for kind, relation, _ in answers)
    print(f"told right: {right / len(answers):.4f} of {len(answers)}")
    return sum(kind in CUT and relation in SAME for kind, relation, _ in answers)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--originals", type=int, default=60)
    parser.add_argument("--copies", type=int, default=0, help="of each photograph; 0: one of every kind")
    parser.add_argument("--pairs", type=int, default=0)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--kinds", default="all", help=f"{', '.join(KINDS)} or a list of kinds")
    parser.add_argument("--missed", action="store_true", help="list the copies with a wrong relation")
    wanted, answers = parser.parse_args(), []
    with tempfile.TemporaryDirectory() as scratch:
        for seed in wanted.seeds.split(","):
            folder = Path(scratch) / seed
            made_set(folder, wanted, int(seed))
            answers += list(told(folder))
    same = report(answers)
    if wanted.missed:
        print(*(f"{k}: {r} {p}" for k, r, p in sorted(answers) if r not in right_for(k)), sep="\n")
    print(f"edited copies called the same: {same}; relations known: {', '.join(r.value for r in Relation)}")
    return int(same > 0)


if __name__ == "__main__":
    sys.exit(main())
