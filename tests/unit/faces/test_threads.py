"""The command line owns its process: numpy starts no thread a core there, unless the user asks for them."""

import os
import subprocess
import sys

import pytest

AFTER_A_COMMAND = """
import atexit, os, sys
from threading import active_count
from py_image_dedup.faces.cli.main import main

def say():
    import numpy
    print(len(os.listdir("/proc/self/task")) - active_count())

atexit.register(say)
sys.argv = ["py-image-dedup", "--version"]
main()
"""


def threads_of_libraries(**environment: str) -> int:
    clean = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    ran = subprocess.run(
        [sys.executable, "-c", AFTER_A_COMMAND], env=clean | environment, check=True, capture_output=True, text=True
    )
    return int(ran.stdout.splitlines()[-1])


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="threads are counted in /proc")
def test_numpy_starts_no_thread_beside_the_command_line_unless_it_is_asked_to() -> None:
    assert threads_of_libraries() == 0
    assert threads_of_libraries(OPENBLAS_NUM_THREADS="2") == min(2, len(os.sched_getaffinity(0))) - 1
