"""A daemon inside the test's own process, so that its threads can be killed and its parts made to fail."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path

from py_image_dedup.deduplicator import Deduplicator
from py_image_dedup.faces.daemon.daemon import Daemon, Pace
from py_image_dedup.faces.daemon.voice import Voice
from py_image_dedup.model.errors import Stopped
from py_image_dedup.model.outcomes import RunReport
from py_image_dedup.model.ports import Listener
from py_image_dedup.settings.load import load
from py_image_dedup.settings.settings import Settings
from py_image_dedup.wiring.run import deduplicator_for
from tests.support.amounts import NIGHTLY
from tests.support.daemons import free_port

QUICK = Pace(
    check_s=0.1, probe_s=0.2, compare_s=1e9, count_s=1.0, retry_s=0.5, loop_stuck_s=3.0, supervisor_stuck_s=3.0
)
# A loop that hangs is told after 15 minutes, which is how long a run may think; nobody waits for that here.
PACE = Pace(loop_stuck_s=20.0) if NIGHTLY else QUICK


class NeverStop:
    def __call__(self) -> bool:
        return False

    def held(self) -> AbstractContextManager[None]:
        return nullcontext()


@dataclass
class Scripted:
    """Stands for a Deduplicator: gives a report, raises, or takes its time."""

    answer: Callable[[], RunReport]

    def deduplicate(self, *, act: bool, skip_analysis: bool = False) -> RunReport:
        return self.answer()


@dataclass
class InnerDaemon:
    settings: Settings
    answer: Callable[[], RunReport] | None = None  # instead of a real run
    runs: int = 0
    lines: list[str] = field(default_factory=list)
    _ending: bool = False

    def __post_init__(self) -> None:
        voice = Voice(lambda report: None, stamp=False)
        voice.said = self.lines.append  # type: ignore[method-assign]
        self.daemon = Daemon(self.settings, self._deduplicators, voice, NeverStop(), {}, PACE)

    @property
    def problems(self) -> set[str]:
        return set(self.daemon.health.ready().problems)

    def sample(self, name: str, **labels: str) -> float | None:
        return self.daemon.registry.get_sample_value(name, labels)

    @property
    def is_idle(self) -> bool:
        waits = self.daemon.changes.waiting().age_s > 0
        return not waits and self.sample("py_image_dedup_run_in_progress") == 0.0

    def trigger(self) -> None:
        self.daemon.changes.changed("/somewhere.jpg")

    @contextmanager
    def running(self) -> Iterator["InnerDaemon"]:
        thread = threading.Thread(target=self._work, daemon=True)
        with self.daemon.running():
            thread.start()
            yield self
            self._ending = True
            self.trigger()
            thread.join(15)

    def _work(self) -> None:
        with suppress(Stopped):
            self.daemon._loop().run()

    @contextmanager
    def _deduplicators(self, listener: Listener) -> Iterator[Deduplicator]:
        if self._ending:
            raise Stopped("The test has ended.")
        self.runs += 1
        if self.answer is not None:
            yield Scripted(self.answer)  # type: ignore[misc]
        else:
            with deduplicator_for(self.settings, listener, NeverStop()) as deduplicator:
                yield deduplicator


def settings_for(home: Path, roots: list[Path], **changed: object) -> Settings:
    given = {
        "state.directory": str(home / "state"),
        "dry_run": False,
        "analysis.across_dirs": True,
        "analysis.threads": 1,
        "deduplication.max_share": "100%",
        "daemon.processing_timeout": "1s",
        "daemon.file_observer": "inotify",
        "stats.port": free_port(),
        **{name.replace("__", "."): value for name, value in changed.items()},
    }
    environ: Mapping[str, str] = {}
    return load(paths=[str(root) for root in roots], overrides=given, environ=environ, cwd=str(home), home=str(home))


def soon(holds: Callable[[], bool], within_s: float = 30.0) -> bool:
    ends_s = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > ends_s:
            return False
        time.sleep(0.02)
    return True
