"""Programs that look for similar pictures, each asked for its groups: ours, and those that can be installed.

Every one gives lists of paths of which the first stays. Programs that give no order keep the picture with most pixels,
then most bytes. What only says pairs is joined to groups as its own documentation does: whatever hangs together.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = "same-bytes,same-pixels,same-picture"
EVERY = "same-bytes,same-pixels,same-picture,turned,edited"
Groups = list[list[str]]

IN_PYTHON = """
import json, sys
from itertools import combinations
from pathlib import Path
folder, name = Path(sys.argv[1]), sys.argv[2]
files = sorted(str(p) for p in folder.rglob("*") if p.is_file())
pairs = []
if name.startswith("imagededup"):
    from imagededup.methods import DHash, PHash
    found = (PHash if name.endswith("pHash") else DHash)().find_duplicates(image_dir=folder, recursive=True)
    pairs = [(str(folder / a), str(folder / b)) for a, others in found.items() for b in others]
elif name.startswith("ImageHash"):
    import imagehash, numpy
    from PIL import Image
    bits = numpy.array([imagehash.phash(Image.open(p)).hash.ravel() for p in files])
    for i, own in enumerate(bits):
        near = numpy.flatnonzero((bits[i + 1:] != own).sum(axis=1) <= 8) + i + 1
        pairs += [(files[i], files[j]) for j in near]
elif name.startswith("difPy"):
    import difPy
    built = difPy.build(str(folder), show_progress=False)
    found = difPy.search(built, similarity="similar", show_progress=False).result
    for a, others in found.items():
        pairs += [(a, other[0] if isinstance(other, (list, tuple)) else other) for other in others]
elif name.startswith("image-match"):
    from py_image_dedup.analysis.content import read_content
    from py_image_dedup.analysis.fingerprints.image_match import distance, signature
    from py_image_dedup.analysis.whole import stored_pixels
    signed = [(p, signature(stored_pixels(read_content(p)))) for p in files]
    pairs = [(a, b) for (a, x), (b, y) in combinations(signed, 2) if distance(x, y) < 0.45]
Path(sys.argv[3]).write_text(json.dumps(pairs))
"""


@dataclass(frozen=True, slots=True)
class Program:
    """One program with one setting. `groups` runs it over a folder; `missing` says how to get it."""

    name: str
    groups: Callable[[Path], Groups]
    missing: str | None = None


def ours(relations: str) -> Callable[[Path], Groups]:
    """What would go with these relations removed; an index of its own, so that everything is computed."""

    def run(folder: Path) -> Groups:
        with tempfile.TemporaryDirectory() as state:
            command = [sys.executable, "-m", "py_image_dedup", "deduplicate", "--dry-run", "--json", "--state", state]
            said = _output([*command, "--relations", relations, str(folder)], fine=(0, 1))
        acted = set(relations.split(","))
        return [
            [group["keeper"], *(m["path"] for m in group["members"] if m["relation"] in acted)]
            for group in json.loads(said)["groups"]
        ]

    return run


def czkawka(program: str, *options: str) -> Callable[[Path], Groups]:
    """czkawka_cli over every file, small ones too, without its cache."""

    def run(folder: Path) -> Groups:
        with tempfile.TemporaryDirectory() as place:
            said = Path(place) / "groups.json"
            command = [program, "image", "-d", str(folder), "-m", "1", "-H", "-W", "-N", "-M", "-C", str(said)]
            _output([*command, *options])
            return [_largest_first([str(file["path"]) for file in group]) for group in json.loads(said.read_text())]

    return run


def in_python(python: str, name: str) -> Callable[[Path], Groups]:
    """A library in a Python of its own."""

    def run(folder: Path) -> Groups:
        with tempfile.TemporaryDirectory() as place:
            script, said = Path(place) / "peer.py", Path(place) / "pairs.json"
            script.write_text(IN_PYTHON)
            _output([python, str(script), str(folder), name, str(said)])
            return joined(json.loads(said.read_text()))

    return run


def findimagedupes(folder: Path) -> Groups:
    """findimagedupes at its 90 %; it hands each group to a script."""
    with tempfile.TemporaryDirectory() as place:
        script, said = Path(place) / "say", Path(place) / "groups"
        script.write_text(f'#!/bin/sh\nprintf "%s\\037" "$@" >>"{said}"\nprintf "\\036" >>"{said}"\n')
        script.chmod(0o700)
        _output(["findimagedupes", "-R", "-q", "-t", "90%", "-p", str(script), str(folder)], fine=(0, 1))
        text = said.read_text() if said.exists() else ""
    groups = [[path for path in group.split("\037") if path] for group in text.split("\036")]
    return [_largest_first(group) for group in groups if len(group) > 1]


def joined(pairs: list[list[str]]) -> Groups:
    """Pairs to groups of what hangs together."""
    group_of: dict[str, list[str]] = {}
    for a, b in pairs:
        ours, theirs = group_of.setdefault(a, [a]), group_of.setdefault(b, [b])
        if ours is not theirs:
            ours += theirs
            group_of.update(dict.fromkeys(theirs, ours))
    return [_largest_first(group) for group in {id(group): group for group in group_of.values()}.values()]


def programs(czkawka_cli: str | None, python: str | None) -> list[Program]:
    """Ours first. A program that is not there says how it is got."""
    found = [Program("py-image-dedup, everything", ours(EVERY)), Program("py-image-dedup, as shipped", ours(SHIPPED))]
    cli = czkawka_cli or shutil.which("czkawka_cli")
    turned = ("--geometric-invariance", "mirror-flip-rotate90")
    for name, options in {
        "czkawka, default": (),
        "czkawka, Mean 16, 40, Lanczos3, turned": ("-g", "Mean", "-c", "16", "-s", "40", "-z", "Lanczos3", *turned),
        "czkawka, Gradient 8, 10, turned": ("-g", "Gradient", "-c", "8", "-s", "10", *turned),
    }.items():
        lacks = None if cli else "cargo install czkawka_cli"
        found.append(Program(name, czkawka(cli or "", *options), lacks))
    for name, module, source in (
        ("imagededup pHash", "imagededup", "imagededup"),
        ("imagededup dHash", "imagededup", "imagededup"),
        ("ImageHash phash, 8 of 64 bits", "imagehash", "ImageHash"),
        ("difPy, similar", "difPy", "difPy"),
    ):
        lacks = None if python and _has(python, module) else f"pip install {source} (--peers-python PYTHON)"
        found.append(Program(name, in_python(python or "", name), lacks))
    # The library itself needs a scikit-image of 2019; ours gives its signatures and distances value for value.
    found.append(Program("image-match's signature, 0.45", in_python(sys.executable, "image-match")))
    lacks = None if shutil.which("findimagedupes") else "apt install findimagedupes"
    return [*found, Program("findimagedupes, 90 %", findimagedupes, lacks)]


def _has(python: str, module: str) -> bool:
    return subprocess.run([python, "-c", f"import {module}"], check=False, capture_output=True).returncode == 0


def _output(command: list[str], fine: tuple[int, ...] = (0,)) -> bytes:
    environment = {**os.environ, "PY_IMAGE_DEDUP_ANALYSIS_THREADS": "2", "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, check=False, capture_output=True, cwd=ROOT, env=environment)
    if ran.returncode not in fine:
        raise RuntimeError(f"{command[0]} ended with {ran.returncode}: {ran.stderr[-400:].decode(errors='replace')}")
    return ran.stdout


def _largest_first(paths: list[str]) -> list[str]:
    return sorted(paths, key=_size, reverse=True)


def _size(path: str) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.width * picture.height, os.path.getsize(path)
