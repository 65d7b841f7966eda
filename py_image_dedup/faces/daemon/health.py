"""How the daemon is: problems by kind, and signs of life. Answers `/health` and feeds the metric of problems.

A problem is `failing` where the daemon cannot do its work, `degraded` where it can, but not as it was asked to.
Neither names nor paths are told to strangers: those stand in the log.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

RECENT_S = 20.0  # what is over in a moment stays to be seen for so long


class Severity(Enum):
    """What a problem means for the work."""

    DEGRADED = "degraded"
    FAILING = "failing"


class Problem(Enum):
    """Every kind of problem, as it is named in the metric and in `/health`."""

    ROOT_AWAY = ("root_away", Severity.FAILING)
    ROOT_EMPTY = ("root_empty", Severity.FAILING)
    ROOT_UNREADABLE = ("root_unreadable", Severity.FAILING)
    TARGET_AWAY = ("target_away", Severity.FAILING)
    STATE_NOT_WRITABLE = ("state_not_writable", Severity.FAILING)
    INDEX = ("index", Severity.FAILING)
    JOURNAL = ("journal", Severity.FAILING)
    LOCK_HELD = ("lock_held", Severity.FAILING)
    RUN_FAILED = ("run_failed", Severity.FAILING)
    WATCHER = ("watcher", Severity.FAILING)
    STUCK = ("stuck", Severity.FAILING)
    WATCH_FELL_BACK = ("watch_fell_back", Severity.DEGRADED)
    OVERFLOW = ("overflow", Severity.DEGRADED)
    HANDLER = ("handler", Severity.DEGRADED)
    NOT_WALKED = ("not_walked", Severity.DEGRADED)
    READ_ONLY = ("read_only", Severity.DEGRADED)
    ACTS_FAILED = ("acts_failed", Severity.DEGRADED)
    WORKERS = ("workers", Severity.DEGRADED)
    OUTBOX = ("outbox", Severity.DEGRADED)
    NOTIFICATION = ("notification", Severity.DEGRADED)

    def __init__(self, label: str, severity: Severity) -> None:
        self.label = label
        self.severity = severity


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `/health` answers."""

    fine: bool
    status: str  # "ok", "degraded" or "failing"
    problems: tuple[str, ...]  # labels


class Health:
    """Thread-safe. Problems are set and cleared by those who look; `beat` is called by what must not stand still."""

    def __init__(self, say: Callable[[str], None], stuck_after_s: dict[str, float]) -> None:
        self._say = say
        self._lock = threading.Lock()
        self._reasons: dict[tuple[Problem, str], str] = {}
        self._flashes: dict[Problem, float] = {}
        self._stuck_after_s = stuck_after_s
        self._beats = dict.fromkeys(stuck_after_s, time.monotonic())

    def beat(self, name: str) -> None:
        """A sign of life of the loop or the supervisor."""
        self._beats[name] = time.monotonic()

    def note(self, problem: Problem, reason: str | None, about: str = "") -> None:
        """There is (a sentence) or is not (None) this problem. Said once when it comes, once when it goes."""
        with self._lock:
            before = self._reasons.pop((problem, about), None)
            if reason is not None:
                self._reasons[problem, about] = reason
        if reason is not None and before is None:
            self._say(reason)
        elif reason is None and before is not None:
            self._say(f"Over: {before}")

    def flash(self, problem: Problem) -> None:
        """This happened and was answered at once; it is to be seen for a while."""
        self._flashes[problem] = time.monotonic() + RECENT_S

    def problems(self) -> set[Problem]:
        """The kinds there are now."""
        with self._lock:
            found = {problem for problem, _ in self._reasons}
        recent = {problem for problem, ends_s in self._flashes.copy().items() if ends_s > time.monotonic()}
        return found | recent | ({Problem.STUCK} if self._stuck() else set())

    def live(self) -> Verdict:
        """Whether the daemon is at work at all; a restart may help where it is not."""
        stuck = self._stuck()
        return Verdict(not stuck, "failing" if stuck else "ok", ("stuck",) if stuck else ())

    def ready(self) -> Verdict:
        """Whether it can do what it is for."""
        found = self.problems()
        failing = any(problem.severity is Severity.FAILING for problem in found)
        status = "failing" if failing else "degraded" if found else "ok"
        return Verdict(not failing, status, tuple(sorted(problem.label for problem in found)))

    def _stuck(self) -> bool:
        now_s = time.monotonic()
        return any(now_s - self._beats[name] > limit_s for name, limit_s in self._stuck_after_s.items())
