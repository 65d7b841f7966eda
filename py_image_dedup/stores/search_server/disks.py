"""How full the server's disks are, and from where on it stops writing."""

import re
from dataclasses import dataclass

from py_image_dedup.stores.search_server.server import SearchServer

_WATERMARK = "cluster.routing.allocation.disk.watermark"
_UNITS = {"b": 1, "kb": 2**10, "mb": 2**20, "gb": 2**30, "tb": 2**40, "pb": 2**50}


@dataclass(frozen=True, slots=True)
class Watermark:
    """Beyond this share of use, and below so much space (0 where only the share counts)."""

    used: float
    free: float = 0.0


@dataclass(frozen=True, slots=True)
class Disk:
    """One disk of the server; `used` 0..1, `free` in bytes."""

    used: float
    free: int

    def beyond(self, mark: Watermark) -> bool:
        """Whether the server acts on it."""
        return self.used > mark.used and (not mark.free or self.free < mark.free)


def fullest(server: SearchServer) -> Disk | None:
    """The disk with the least space; None where the server tells of none."""
    nodes = server.ask("GET", "/_nodes/stats/fs")["nodes"].values()
    totals = [node["fs"]["total"] for node in nodes if node.get("fs", {}).get("total", {}).get("total_in_bytes")]
    disks = [Disk(1 - t["available_in_bytes"] / t["total_in_bytes"], t["available_in_bytes"]) for t in totals]
    return max(disks, key=lambda disk: disk.used, default=None)


def watermarks(server: SearchServer) -> tuple[Watermark | None, Watermark | None]:
    """From where on no shards are placed, and from where on nothing is written; None where no disk is watched."""
    found = server.ask("GET", "/_cluster/settings", None, {"include_defaults": "true", "flat_settings": "true"})
    settings = {**found.get("defaults", {}), **found["persistent"], **found["transient"]}
    if settings.get("cluster.routing.allocation.disk.threshold_enabled") == "false":
        return None, None
    low, flood = (
        watermark(
            str(settings.get(f"{_WATERMARK}.{name}", "")), str(settings.get(f"{_WATERMARK}.{name}.max_headroom", ""))
        )
        for name in ("low", "flood_stage")
    )
    return low, flood


def watermark(text: str, headroom: str = "") -> Watermark | None:
    """A share ("85%", "0.85") or the space that must be left ("500mb"); None for what is neither.

    With a share, `headroom` bounds the space that has to be left, where it is a size ("200gb").
    """
    size = _bytes(text)
    if size is not None:
        return Watermark(0.0, size)
    found = re.fullmatch(r"([0-9.]+)(%?)", text.strip())
    if not found:
        return None
    share = float(found[1]) / (100 if found[2] else 1)
    return Watermark(share, _bytes(headroom) or 0.0)


def _bytes(text: str) -> float | None:
    found = re.fullmatch(r"([0-9.]+)([kmgtp]?b)", text.strip().lower())
    return float(found[1]) * _UNITS[found[2]] if found else None
