"""What a run took is given back, also where small blocks that stay lie between free ones, or where it holds itself."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
RUN = """
import gc
from contextlib import nullcontext
from py_image_dedup.faces.daemon import loop, memory
from py_image_dedup.faces.daemon.health import Health
from py_image_dedup.faces.daemon.settle import Changes
from tests.support.plans import small_report

class Run:
    def deduplicate(self, *, act):
        blocks = [bytes(2000) for _ in range(50_000)]
        kept.extend(blocks[::1000])
        ring = [bytes(range(256)) * 160_000]  # 40 MB
        ring.append(ring)
        taken.append(resident_kib())
        return small_report()

def resident_kib():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4

kept, taken, stop = [], [], lambda: bool(taken)
memory.use_one_heap()
gc.disable()  # what Python would look for some day
health = Health(print, {loop.BEAT: 900.0})
heard = type("Heard", (), {"__getattr__": lambda self, name: lambda *told: None})()
before = resident_kib()
try:
    loop.Loop(lambda: nullcontext(Run()), Changes(1.0), health, heard, print, lambda: False, stop, 1e9).run()
except Exception as error:
    print(error)
print(before, *taken, resident_kib())
"""


def test_a_run_leaves_no_memory_taken() -> None:
    done = subprocess.run([sys.executable, "-c", RUN], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    before, at_most, after = map(int, done.stdout.split()[-3:])

    assert at_most > before + 90_000, done.stdout
    assert after < before + 10_000, done.stdout
