"""Tasks that do to a worker what broken pictures do to a decoder."""

import ctypes
import os
import resource
import signal
import time

LEAK: list[bytes] = []


def misbehave(item: str) -> str:
    """Do what `item` says, else give it back in capitals."""
    deeds = {
        "segfault": lambda: ctypes.string_at(0),
        "exit": lambda: os._exit(7),
        "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
        "hang": lambda: time.sleep(600),
        "gorge": lambda: bytes(64 << 30),
        "raise": lambda: 1 // 0,
        "leak": lambda: LEAK.append(b"x" * (150 << 20)),
        "print": lambda: print("rubbish", flush=True),
    }
    deeds.get(item.split(maxsplit=1)[0], lambda: None)()
    return item.upper()


def slowly(item: float) -> int:
    time.sleep(item)
    return os.getpid()


def echo(item: bytes) -> bytes:
    return item


def page_faults(times: int) -> int:
    """How many pages are asked of the system where the arrays of a question are made that often, once they were."""
    one_question()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(times):
        one_question()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def one_question() -> None:
    entries = bytearray(600_000)
    each, counted = bytearray(2_400_000), bytearray(2_000_000)
    del entries, each, counted
