"""Two actors start at once, with one state directory or two: never do both act."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.model.errors import LockHeld
from py_image_dedup.model.outcomes import Status
from tests.support.amounts import amount
from tests.support.libraries import FixedClock, contents, plan, put_aside, remove
from tests.support.tree import make_tree

pytestmark = pytest.mark.timeout(amount(ci=300, nightly=7_200))
STARTS = amount(ci=500, nightly=10_000)
ACTED, KEPT_OUT, FOUND_NOTHING = 10, 11, 12


def forked(act: Callable[[], int], gate: int) -> int:
    """A process that waits at the gate, so that both start at the same moment."""
    child = os.fork()
    if child == 0:
        os.read(gate, 1)
        try:
            os._exit(act())
        finally:
            os._exit(77)
    return child


def actor(root: str, state: str, run_id: str) -> Callable[[], int]:
    the_plan = plan([root], remove(root, "copy.jpg", "keep.jpg"))

    def act() -> int:
        try:
            (outcome,) = Disposal(state, FixedClock()).dispose(run_id, the_plan)
        except LockHeld:
            return KEPT_OUT
        return ACTED if outcome.status is Status.DONE else FOUND_NOTHING

    return act


def start_two(root: str, states: tuple[str, str]) -> list[int]:
    gate, opener = os.pipe()
    children = [forked(actor(root, state, f"run-{n}"), gate) for n, state in enumerate(states)]
    os.write(opener, b"go")
    ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    os.close(gate)
    os.close(opener)
    return ends


@pytest.mark.parametrize("own_states", [False, True], ids=["one state directory", "two state directories"])
def test_of_two_that_start_at_once_one_acts_and_the_other_is_kept_out_or_comes_later(own_states: bool) -> None:
    for _ in range(STARTS // 2):
        with tempfile.TemporaryDirectory(dir="/dev/shm") as base:
            root = make_tree(f"{base}/library", {"keep.jpg": "the picture", "copy.jpg": "its copy"})
            before = contents(root)

            ends = start_two(root, (f"{base}/a", f"{base}/b" if own_states else f"{base}/a"))

            assert ends.count(ACTED) == 1, ends
            assert set(ends) <= {ACTED, KEPT_OUT, FOUND_NOTHING}
            assert contents(root) == before
            assert len(put_aside(root)) == 1


def test_the_second_is_told_which_process_is_at_work_in_a_shared_quarantine(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "library", {"k.jpg": "1", "a.jpg": "2", "b.jpg": "3"})
    first, second = (Disposal(str(tmp_path / name), FixedClock()) for name in ("here", "there"))
    running = first.dispose("run-1", plan([root], remove(root, "a.jpg", "k.jpg")))
    next(running)

    with pytest.raises(LockHeld, match=rf"process {os.getpid()} on .* is at work in .*quarantine"):
        list(second.dispose("run-2", plan([root], remove(root, "b.jpg", "k.jpg"))))

    assert (tmp_path / "library/b.jpg").read_text() == "3"
    running.close()
    assert [o.status for o in second.dispose("run-2", plan([root], remove(root, "b.jpg", "k.jpg")))] == [Status.DONE]
