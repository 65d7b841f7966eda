"""One act done by several threads in the same moment, as processes that start together do it."""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def at_once(act: Callable[[], T], times: int) -> list[T]:
    """What each gave, in the order of their ends; the first error of one is raised."""
    ready = threading.Barrier(times)
    given: list[T] = []
    errors: list[Exception] = []

    def one() -> None:
        ready.wait()
        try:
            given.append(act())
        except Exception as error:  # noqa: BLE001 - raised below, in the thread of the test
            errors.append(error)

    threads = [threading.Thread(target=one) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return given
