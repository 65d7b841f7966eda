"""Changes settle by a condition, so nothing that was put before the wait is overlooked."""

import threading
import time

from py_image_dedup.faces.daemon.settle import LONGEST_QUIETS, MOST_PATHS, Changes, Settled, Waiting


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_nothing_settles_without_a_change() -> None:
    assert Changes(0.0).wait(0.01) is None


def test_a_change_made_before_anybody_waits_is_not_overlooked() -> None:
    changes = Changes(0.05)
    changes.changed("/a.jpg")

    assert changes.wait(5) == Settled(1, ())


def test_a_change_made_while_somebody_waits_wakes_him() -> None:
    changes = Changes(0.05)
    threading.Timer(0.1, changes.changed, ["/a.jpg"]).start()
    started_s = time.monotonic()

    assert changes.wait(20) == Settled(1, ())
    assert time.monotonic() - started_s < 10


def test_every_change_begins_the_quiet_anew() -> None:
    clock = Clock()
    changes = Changes(30, clock)
    changes.changed("/a.jpg")
    clock.now_s += 29
    changes.changed("/a.jpg")
    clock.now_s += 29

    assert changes.wait(0) is None
    clock.now_s += 1
    assert changes.wait(0) == Settled(1, ())


def test_a_stream_that_never_pauses_is_looked_at_in_the_end() -> None:
    clock = Clock()
    changes = Changes(30, clock)
    while clock.now_s < 100 + LONGEST_QUIETS * 30:
        assert changes.wait(0) is None
        changes.changed("/a.jpg")
        clock.now_s += 10

    assert changes.wait(0) == Settled(1, ())


def test_what_was_taken_is_gone_and_reasons_are_told_once() -> None:
    changes = Changes(0.0)
    changes.look_again("the kernel lost events")
    changes.look_again("the kernel lost events")
    changes.changed("/a.jpg")

    assert changes.wait(1) == Settled(1, ("the kernel lost events",))
    assert changes.wait(0) is None


def test_memory_is_bounded_however_many_paths_change() -> None:
    changes = Changes(60)
    for number in range(MOST_PATHS * 3):
        changes.changed(f"/{number}.jpg")

    assert changes.waiting().files == MOST_PATHS * 3
    assert len(changes._paths) == MOST_PATHS


def test_the_age_is_that_of_the_first_change() -> None:
    clock = Clock()
    changes = Changes(30, clock)
    assert changes.waiting() == Waiting(0, 0.0)
    changes.changed("/a.jpg")
    clock.now_s += 7
    changes.changed("/b.jpg")

    assert changes.waiting() == Waiting(2, 7.0)
