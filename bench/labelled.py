"""Labelled sets of pictures, and the score of a program's groups: recall by kind, precision, photos lost.

A set is what `shared/bench/make_set.py` writes (`images/`, `truth.json`), or any folder of your own: each folder in it
is one photograph with all its copies, each file directly in it a photograph without any. There the kind of a copy is
the part of its name after the last `--` (`lake--cropped.jpg`), or `copy`.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

ALONE = {"original", "negative"}
TWO = "two in turn"


@dataclass(frozen=True, slots=True)
class Labelled:
    """Where the pictures lie, which photograph each is of, and how each was made. Paths are absolute."""

    images: Path
    photo: dict[str, str]
    kind: dict[str, str]

    def copies(self) -> dict[str, str]:
        """Kind of each file that is a copy."""
        return {path: TWO if "+" in kind else kind for path, kind in self.kind.items() if kind not in ALONE}


@dataclass(frozen=True, slots=True)
class Score:
    """What the groups of one program are worth; counts, so that several sets add up."""

    true_pairs: int
    false_pairs: int
    all_pairs: int
    lost: int
    found: Counter[str] = field(default_factory=Counter)
    copies: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.true_pairs + other.true_pairs,
            self.false_pairs + other.false_pairs,
            self.all_pairs + other.all_pairs,
            self.lost + other.lost,
            self.found + other.found,
            self.copies + other.copies,
        )

    @property
    def recall(self) -> float:
        """Share of the copies that are in one group with another file of their photograph."""
        return self.found.total() / max(1, self.copies.total())

    @property
    def precision(self) -> float:
        """Share of the pairs in one group that are of one photograph."""
        return self.true_pairs / max(1, self.true_pairs + self.false_pairs)


def labelled(folder: Path) -> Labelled:
    """Read a made set, or a folder whose folders are photographs."""
    folder = folder.resolve()
    if (folder / "truth.json").exists():
        truth, images = json.loads((folder / "truth.json").read_text("utf-8")), folder / "images"
        photo, kind = ({str(images / path): says for path, says in truth[name].items()} for name in ("groups", "kind"))
        return Labelled(images, photo, kind)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    photo = {str(path): path.relative_to(folder).parts[0] for path in files}
    plain_first = sorted(photo, key=lambda path: ("--" in Path(path).stem, path), reverse=True)
    first = {photo[path]: path for path in plain_first}
    kind = {path: "original" if first[name] == path else _kind_by_name(path) for path, name in photo.items()}
    return Labelled(folder, photo, kind)


def _kind_by_name(path: str) -> str:
    name, mark, kind = Path(path).stem.rpartition("--")
    return kind if name and mark else "copy"


def scored(truth: Labelled, groups: Iterable[list[str]]) -> Score:
    """Score groups of paths of which the first stays and the others go."""
    known = [[path for path in dict.fromkeys(group) if path in truth.photo] for group in groups]
    known = [group for group in known if len(group) > 1]
    pairs = Counter(truth.photo[a] == truth.photo[b] for group in known for a, b in combinations(group, 2))
    sizes = Counter(truth.photo.values())
    copies = truth.copies()
    with_own = _with_their_own(truth, known)
    return Score(
        pairs[True],
        pairs[False],
        sum(size * (size - 1) // 2 for size in sizes.values()),
        _lost(truth, known),
        Counter(kind for path, kind in copies.items() if path in with_own),
        Counter(copies.values()),
    )


def _with_their_own(truth: Labelled, groups: list[list[str]]) -> set[str]:
    found = set()
    for group in groups:
        by_photo = defaultdict(list)
        for path in group:
            by_photo[truth.photo[path]].append(path)
        found |= {path for paths in by_photo.values() if len(paths) > 1 for path in paths}
    return found


def _lost(truth: Labelled, groups: list[list[str]]) -> int:
    """Photographs of which nothing would be left."""
    gone = {path for group in groups for path in group[1:]} - {group[0] for group in groups}
    return len(set(truth.photo.values())) - len({truth.photo[path] for path in truth.photo if path not in gone})
