"""Metrics that are asked for when they are scraped: the queue, the watches, the problems, the index, the quarantine."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from stat import S_ISREG

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from py_image_dedup.faces.daemon.health import Health, Problem
from py_image_dedup.faces.daemon.settle import Changes
from py_image_dedup.faces.daemon.watch import Mode, RootWatch
from py_image_dedup.faces.metrics import PREFIX, root_labels
from py_image_dedup.model.findings import Backlog
from py_image_dedup.model.places import QUARANTINE_NAME

RECORDS_SUFFIX = ".jsonl"  # what brings a file back lies beside it


@dataclass(frozen=True, slots=True)
class PutAside:
    """What lies in the quarantines."""

    files: int = 0
    bytes: int = 0


class LiveGauges(Collector):
    """One collector for all of it; `put_aside` is kept up to date by the supervisor, since it reads folders."""

    def __init__(
        self,
        changes: Changes,
        watches: Sequence[RootWatch],
        health: Health,
        dry_run: Callable[[], bool],
        outbox: Callable[[], Backlog | None] = Backlog,
    ) -> None:
        self.put_aside = PutAside()
        self._changes = changes
        self._watches = watches
        self._health = health
        self._dry_run = dry_run
        self._outbox = outbox
        self._labels = root_labels([watch.root for watch in watches])

    def register(self, registry: CollectorRegistry) -> None:
        """Take part in every scrape of the registry."""
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        """As it is now."""
        waiting = self._changes.waiting()
        problems = self._health.problems()
        index_is_fine = not problems & {Problem.INDEX}
        yield _gauge("queue_files", "Changed files that wait for a run.", waiting.files)
        yield _gauge("queue_age_seconds", "How long the first of them has waited.", waiting.age_s)
        yield _gauge("quarantine_files", "Files that were put aside and can be brought back.", self.put_aside.files)
        yield _gauge("quarantine_bytes", "Bytes of the files that were put aside.", self.put_aside.bytes)
        yield _gauge("index_up", "1 while the index can be used.", index_is_fine)
        yield _gauge("dry_run", "1 while nothing is put aside.", self._dry_run())
        yield from self._waiting()
        yield self._problems(problems)
        yield from self._watching()

    def _waiting(self) -> Iterable[Metric]:
        """No sample, rather than a wrong one, where the outbox cannot be read."""
        found = self._outbox()
        if found is not None:
            yield _gauge("outbox_changes", "Changes that the search server has not acknowledged.", found.changes)
            yield _gauge("outbox_age_seconds", "How long the oldest of them has waited.", found.age_s)

    def _problems(self, found: set[Problem]) -> Metric:
        family = _family("problem", "1 while there is this problem; docs/metrics.md lists them.", ["kind", "severity"])
        for problem in Problem:
            family.add_metric([problem.label, problem.severity.value], float(problem in found))
        return family

    def _watching(self) -> Iterable[Metric]:
        up = _family("watcher_up", "1 while changes below the root are noticed.", ["root"])
        mode = _family("watcher_inotify", "1 while the kernel tells of them, 0 while the root is polled.", ["root"])
        walk = _family("watcher_walk_seconds", "What the last walk of a polled root took.", ["root"])
        for label in dict.fromkeys(self._labels.values()):  # several roots may share the last label: the worst counts
            watches = [watch for watch in self._watches if self._labels[watch.root] == label]
            up.add_metric([label], float(all(watch.is_watched for watch in watches)))
            mode.add_metric([label], float(all(watch.mode is Mode.INOTIFY for watch in watches)))
            walk.add_metric([label], sum(watch.walk_s for watch in watches))
        return up, mode, walk


def count_put_aside(places: Iterable[str]) -> PutAside:
    """What lies in the quarantines of these folders (a root, or a volume mounted in one). Raises nothing."""
    found = PutAside()
    for place in dict.fromkeys(places):
        for folder, _, names in os.walk(os.path.join(place, QUARANTINE_NAME)):
            if os.path.basename(folder) == QUARANTINE_NAME:
                continue  # its lock
            sizes = [_size(os.path.join(folder, name)) for name in names if not name.endswith(RECORDS_SUFFIX)]
            found = PutAside(found.files + len(sizes), found.bytes + sum(sizes))
    return found


def _size(path: str) -> int:
    try:
        status = os.lstat(path)
    except OSError:
        return 0
    return status.st_size if S_ISREG(status.st_mode) else 0


def _family(name: str, help_: str, labels: Sequence[str] = ()) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", help_, labels=labels)


def _gauge(name: str, help_: str, value: float) -> GaugeMetricFamily:
    family = _family(name, help_)
    family.add_metric([], float(value))
    return family
