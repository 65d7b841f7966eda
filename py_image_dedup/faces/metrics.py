"""Metrics: a listener that feeds a Prometheus registry passed in. What they mean: docs/metrics.md.

Names, types, labels and help of the first four are what existing dashboards rely on (gauges whose names end in `_total`
among them); the others follow the naming rules of Prometheus. No label holds a path: roots are numbered as configured.
"""

from collections import Counter as Tally
from collections.abc import Sequence
from platform import python_version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    Summary,
)

from py_image_dedup import __version__
from py_image_dedup.model.files import Walk
from py_image_dedup.model.images import Analysed, Unreadable, UnreadableKind
from py_image_dedup.model.listeners import Silence
from py_image_dedup.model.matches import Relation
from py_image_dedup.model.outcomes import Outcome, RunReport, Status
from py_image_dedup.model.plans import Way

PREFIX = "py_image_dedup"
PHASE_NAMES = ("cleanup", "count", "analyse", "search", "dispose", "folders")
PHASE_BUCKETS_S = (0.1, 1, 10, 60, 600, 3600)
ROOTS_WITH_A_LABEL = 4  # the others share one, so that the number of series has a bound
OTHER_ROOTS = "other"
MOVE, DELETE, NONE = "move", "delete", "none"
RUN_RESULTS = ("finished", "failed")


def root_labels(roots: Sequence[str]) -> dict[str, str]:
    """A label for each root: its place among the source directories, from 1."""
    return {root: str(n) if n <= ROOTS_WITH_A_LABEL else OTHER_ROOTS for n, root in enumerate(roots, 1)}


class Metrics(Silence):
    """Everything counted. One object a process, fed by runs (as their listener), by the watching and by the loop."""

    def __init__(self, registry: CollectorRegistry, roots: Sequence[str]) -> None:
        for collector in (PlatformCollector, ProcessCollector, GCCollector):
            collector(registry=registry)
        self._labels = root_labels(roots)
        self._established(registry)
        self._of_runs(registry)
        self._of_files(registry)
        Gauge(f"{PREFIX}_build_info", "Version of the program.", ["version", "python"], registry=registry).labels(
            __version__, python_version()
        ).set(1)

    def _established(self, registry: CollectorRegistry) -> None:
        self._actions = Gauge("duplicate_action_total", "Number of images per action", ["action"], registry=registry)
        for action in (NONE, MOVE, DELETE):
            self._actions.labels(action)
        self._events = Gauge("file_event_total", "Number of file events per event type", ["type"], registry=registry)
        self._analyse = Summary("analyse_file_summary", "Time spent analysing a file", registry=registry)
        self._search = Summary("find_duplicates_summary", "Time spent finding duplicates of a file", registry=registry)

    def _of_runs(self, registry: CollectorRegistry) -> None:
        self._phases = Histogram(
            f"{PREFIX}_phase_duration_seconds",
            "How long each phase of a run took.",
            ["phase"],
            buckets=PHASE_BUCKETS_S,
            registry=registry,
        )
        self._runs = Counter(f"{PREFIX}_runs_total", "Runs by how they ended.", ["result"], registry=registry)
        for result in RUN_RESULTS:
            self._runs.labels(result)
        for name in PHASE_NAMES:
            self._phases.labels(name)
        self._last_success = Gauge(
            f"{PREFIX}_last_successful_run_timestamp_seconds",
            "When the last run that could be finished ended; 0 before the first.",
            registry=registry,
        )
        self._running = Gauge(f"{PREFIX}_run_in_progress", "1 while a run is at work.", registry=registry)
        self._errors = Counter(
            f"{PREFIX}_errors_total",
            "What went wrong; docs/metrics.md lists the kinds.",
            ["kind"],
            registry=registry,
        )
        for kind in ERROR_KINDS:
            self._errors.labels(kind)

    def _of_files(self, registry: CollectorRegistry) -> None:
        self._read = Counter(f"{PREFIX}_analysed_files_total", "Files that were read and analysed.", registry=registry)
        self._read_bytes = Counter(f"{PREFIX}_analysed_bytes_total", "Bytes of the files read.", registry=registry)
        self._put_aside_bytes = Counter(
            f"{PREFIX}_disposed_bytes_total", "Bytes of the copies that were put aside or moved.", registry=registry
        )
        by_root, by_relation = ["root"], ["relation", "root"]
        self._files = Gauge(f"{PREFIX}_files", "Files that count, at the last walk.", by_root, registry=registry)
        self._bytes = Gauge(f"{PREFIX}_bytes", "Bytes of the files that count.", by_root, registry=registry)
        self._groups = Gauge(
            f"{PREFIX}_groups",
            "Groups with a copy of this relation, at the last run.",
            by_relation,
            registry=registry,
        )
        self._copies = Gauge(
            f"{PREFIX}_copy_files", "Files that are a copy of another, at the last run.", by_relation, registry=registry
        )
        self._copy_bytes = Gauge(f"{PREFIX}_copy_bytes", "Bytes of these copies.", by_relation, registry=registry)
        for label in set(self._labels.values()):
            self._files.labels(label)
            self._bytes.labels(label)
            for relation in Relation:
                for gauge in (self._groups, self._copies, self._copy_bytes):
                    gauge.labels(relation.value, label)

    # What a run tells

    def phase_finished(self, number: int, seconds: float) -> None:
        """One of the six has ended."""
        self._phases.labels(PHASE_NAMES[number - 1]).observe(seconds)

    def walked(self, walk: Walk) -> None:
        """Files and bytes by root."""
        files: Tally[str] = Tally()
        sizes: Tally[str] = Tally()
        for file in walk.files:
            label = self._labels.get(file.root, OTHER_ROOTS)
            files[label] += 1
            sizes[label] += file.size
        for label in set(self._labels.values()):
            self._files.labels(label).set(files[label])
            self._bytes.labels(label).set(sizes[label])

    def file_analysed(self, result: Analysed) -> None:
        """One more file was read, or could not be."""
        self._read.inc()
        self._read_bytes.inc(result.file.size)
        if isinstance(result, Unreadable):
            self._errors.labels(result.kind.name.lower()).inc()

    def file_took(self, seconds: float) -> None:
        """How long its worker needed."""
        self._analyse.observe(seconds)

    def searched(self, contents: int, seconds: float) -> None:
        """Each new content is charged with its share of the time."""
        for _ in range(contents):
            self._search.observe(seconds / contents)

    def disposed(self, outcome: Outcome) -> None:
        """One removal was done, refused or failed."""
        if outcome.status is Status.DONE:
            self._actions.labels(MOVE if outcome.removal.way is Way.TARGET else DELETE).inc()
            self._put_aside_bytes.inc(outcome.removal.victim.file.size)
        else:
            self._errors.labels(f"act_{outcome.status.value}").inc()

    # What the loop tells

    def run_started(self) -> None:
        """A run begins."""
        self._running.set(1)

    def run_finished(self, report: RunReport) -> None:
        """A run has ended well: what there is now."""
        self._running.set(0)
        self._runs.labels("finished").inc()
        self._last_success.set_to_current_time()
        self._count_kept(report)
        self._count_copies(report)

    def run_failed(self) -> None:
        """A run could not be finished."""
        self._running.set(0)
        self._runs.labels("failed").inc()
        self._errors.labels("run").inc()

    # What the watching tells

    def file_event(self, kind: str) -> None:
        """A file that counts was created, modified, moved or deleted."""
        self._events.labels(kind).inc()

    def error(self, kind: str) -> None:
        """Something else went wrong: one of ERROR_KINDS."""
        self._errors.labels(kind).inc()

    def _count_kept(self, report: RunReport) -> None:
        """The files for which another one went."""
        kept = {o.removal.keeper.file.path for o in report.outcomes if o.status is Status.DONE}
        self._actions.labels(NONE).inc(len(kept))

    def _count_copies(self, report: RunReport) -> None:
        groups: Tally[tuple[str, str]] = Tally()
        files: Tally[tuple[str, str]] = Tally()
        sizes: Tally[tuple[str, str]] = Tally()
        for group in report.plan.groups if report.plan is not None else ():
            keeper_root = self._labels.get(group.keeper.record.file.root, OTHER_ROOTS)
            for relation in {member.match.relation for member in group.members if member.match is not None}:
                groups[relation.value, keeper_root] += 1
            for member in group.members:
                if member.match is not None:
                    file = member.record.file
                    key = (member.match.relation.value, self._labels.get(file.root, OTHER_ROOTS))
                    files[key] += 1
                    sizes[key] += file.size
        for label in set(self._labels.values()):
            for relation in Relation:
                key = (relation.value, label)
                self._groups.labels(*key).set(groups[key])
                self._copies.labels(*key).set(files[key])
                self._copy_bytes.labels(*key).set(sizes[key])


ERROR_KINDS = (
    *(kind.name.lower() for kind in UnreadableKind),
    "act_refused",
    "act_failed",
    "run",
    "handler",
    "watcher",
    "overflow",
    "notification",
)
