"""When runs come: the first one, after changes, once a day in any case, and again after a failure."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import cast

import pytest

from py_image_dedup.deduplicator import Deduplicator
from py_image_dedup.faces.daemon import loop
from py_image_dedup.faces.daemon.health import Health
from py_image_dedup.faces.daemon.loop import Loop
from py_image_dedup.faces.daemon.settle import Changes, Settled
from py_image_dedup.model.errors import LockHeld, Stopped
from py_image_dedup.model.outcomes import Counts, RunReport

DAY_S = 86_400.0
REPORT = RunReport("run", dry_run=False, counts=Counts())


class World:
    """A clock that only waiting moves on, runs that are written down, and an end after so many of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, runs: int) -> None:
        self.now_s, self.runs, self.wanted = 1000.0, [], runs  # type: tuple[float, list[tuple[float, Settled]], int]
        self.acts: list[bool] = []
        self.errors: list[Exception] = []
        self.answers: list[RunReport | Exception] = []
        self.changes = Changes(30.0, lambda: self.now_s)
        self.health = Health(lambda _: None, {})
        monkeypatch.setattr(time, "monotonic", lambda: self.now_s)
        monkeypatch.setattr(time, "sleep", self.pass_by)
        monkeypatch.setattr(self.changes, "wait", self.wait)

    def pass_by(self, seconds: float) -> None:
        self.now_s += seconds

    def wait(self, timeout_s: float) -> Settled | None:
        self.now_s += timeout_s
        return Changes.wait(self.changes, 0.0)

    def run_started(self, why: Settled) -> None:
        self.runs.append((self.now_s, why))

    def run_finished(self, report: RunReport) -> None:
        pass

    def run_failed(self, error: Exception) -> None:
        self.errors.append(error)

    def deduplicate(self, *, act: bool) -> RunReport:
        self.acts.append(act)
        answer = self.answers.pop(0) if self.answers else REPORT
        if isinstance(answer, Exception):
            raise answer
        return answer

    @contextmanager
    def deduplicators(self) -> Iterator[Deduplicator]:
        yield cast("Deduplicator", self)

    def work(self, may_act: Callable[[], bool] = lambda: True) -> None:
        stop = lambda: len(self.runs) >= self.wanted  # noqa: E731
        work = Loop(self.deduplicators, self.changes, self.health, self, lambda _: None, may_act, stop, DAY_S)
        with pytest.raises(Stopped):
            work.run()


def test_the_first_run_begins_at_once_and_without_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, runs=1)
    world.work()

    assert world.runs == [(1000.0, loop.FIRST_RUN)]


def test_everything_is_looked_at_once_a_day_a_tenth_earlier_or_later(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, runs=41)
    world.work()
    starts = [at_s for at_s, _ in world.runs]
    pauses = [after - before for before, after in pairwise(starts)]

    assert all(0.9 * DAY_S <= pause <= 1.1 * DAY_S + 2 * loop.WAKE_S for pause in pauses)
    assert max(pauses) - min(pauses) > 0.1 * DAY_S  # many machines must not look at one share at once
    assert {why.reasons for _, why in world.runs[1:]} == {("everything is looked at once in a while",)}


def test_a_run_after_a_change_puts_the_daily_one_off(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, runs=3)
    monkeypatch.setattr(loop, "JITTER", 0.0)
    world.changes.changed("/lib/a.jpg")
    world.work()
    (_, _), (second_s, why), (third_s, daily) = world.runs

    assert why == Settled(1, ())
    assert 1030.0 <= second_s <= 1040.0
    assert daily.reasons
    assert DAY_S <= third_s - second_s <= DAY_S + 2 * loop.WAKE_S


def test_a_run_that_failed_is_tried_again_until_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, runs=4)
    world.answers = [LockHeld("Process 5 is at work."), ZeroDivisionError("a defect"), MemoryError()]
    world.work()
    starts = [at_s for at_s, _ in world.runs]

    assert [type(error) for error in world.errors] == [LockHeld, ZeroDivisionError, MemoryError]
    assert [after - before for before, after in pairwise(starts)] == [loop.RETRY_S] * 3
    assert {why for _, why in world.runs} == {loop.FIRST_RUN}
    assert world.health.problems() == set()


def test_whether_files_are_put_aside_is_asked_before_every_run(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, runs=3)
    world.work(may_act=iter([False, True, False]).__next__)

    assert world.acts == [False, True, False]
