"""What a process and all that it started take, as the system tells it."""

import os
from collections.abc import Iterator
from pathlib import Path


def descendants(process: int) -> Iterator[int]:
    """The processes it started, and those started by them."""
    for child in _children(process):
        yield child
        yield from descendants(child)


def _children(process: int) -> list[int]:
    found: list[int] = []
    for task in _listed(f"/proc/{process}/task"):
        try:
            found += map(int, Path(f"/proc/{process}/task/{task}/children").read_text().split())
        except OSError:
            continue  # ended meanwhile
    return found


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def proportional_kib(process: int) -> int:
    """The memory of one process, its share of shared pages included; 0 once it has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
