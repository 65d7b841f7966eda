"""A look that hangs holds nobody for long, and is not mistaken for an answer."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from py_image_dedup.faces.daemon.glance import Glance


class Place:
    """Answers with a number, raises, or hangs."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.answers.set()
        self.raises: Exception | None = None
        self.looks = 0

    def look(self) -> int:
        self.looks += 1
        number = self.looks
        self.answers.wait(20)
        if self.raises is not None:
            raise self.raises
        return number


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr("py_image_dedup.faces.daemon.glance.PATIENCE_S", 0.05)
    monkeypatch.setattr("py_image_dedup.faces.daemon.glance.SILENT_S", 2.0)
    made = Place()
    yield made
    made.answers.set()


def took_s(act: Callable[[], object]) -> float:
    started_s = time.monotonic()
    act()
    return time.monotonic() - started_s


def test_each_look_is_a_new_one(place: Place) -> None:
    glance = Glance(place.look)

    assert [glance.take() for _ in range(3)] == [1, 2, 3]


def test_what_the_look_raises_is_raised_and_forgotten_with_the_next(place: Place) -> None:
    glance = Glance(place.look)
    place.raises = PermissionError(13, "Permission denied")
    with pytest.raises(PermissionError):
        glance.take()
    place.raises = None

    assert glance.take() == 2


def test_a_look_that_takes_its_time_gives_the_last_answer_and_one_that_hangs_none(place: Place) -> None:
    glance = Glance(place.look)
    glance.take()
    place.answers.clear()

    assert took_s(glance.take) < 1.5
    assert glance.take() == 1
    time.sleep(2.2)
    with pytest.raises(TimeoutError, match="does not answer"):
        glance.take()
    assert place.looks == 2


def test_the_first_look_is_waited_for_until_it_counts_as_silent(place: Place) -> None:
    place.answers.clear()
    with pytest.raises(TimeoutError):
        Glance(place.look).take()


def test_of_a_look_that_was_begun_long_ago_is_told_at_once(place: Place) -> None:
    place.answers.clear()
    glance = Glance(place.look)
    glance.begin()
    time.sleep(2.2)
    started_s = time.monotonic()
    with pytest.raises(TimeoutError):
        glance.take()

    assert time.monotonic() - started_s < 1.5


def test_what_was_silent_and_answers_is_looked_at_again(place: Place) -> None:
    glance = Glance(place.look)
    place.answers.clear()
    with pytest.raises(TimeoutError):
        glance.take()
    place.answers.set()
    time.sleep(0.1)

    assert [glance.take(), glance.take()] == [1, 2]


def test_looks_that_do_not_hang_need_no_new_thread(place: Place) -> None:
    """Also of many places, one after the other."""
    Glance(place.look).take()
    before = threading.active_count()
    for _ in range(200):
        Glance(place.look).take()

    assert threading.active_count() == before
