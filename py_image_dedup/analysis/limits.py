"""How much time, memory and pixels one file may cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AnalysisLimits:
    """Bounds for one file in one worker process.

    `max_pixels` counts width times height of a frame: 300 million lets the 200-megapixel pictures of telephones pass.
    `memory_bytes` bounds the address space of a worker, of which 0.4 GB is there before a picture is read.
    """

    timeout_s: float = 60.0
    memory_bytes: int = 3 << 30
    max_pixels: int = 300_000_000
