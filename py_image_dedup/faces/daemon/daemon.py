"""The daemon put together: lock, watches, supervisor, server, loop; and taken apart again within five seconds."""

import os
import shlex
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

from prometheus_client import CollectorRegistry

from py_image_dedup.deduplicator import Deduplicator
from py_image_dedup.faces.daemon import loop, supervisor
from py_image_dedup.faces.daemon.chorus import Chorus
from py_image_dedup.faces.daemon.gauges import LiveGauges, count_put_aside
from py_image_dedup.faces.daemon.health import Health
from py_image_dedup.faces.daemon.loop import Loop
from py_image_dedup.faces.daemon.messenger import Channel, Command, Messenger, Webhook
from py_image_dedup.faces.daemon.probes import Ground, Probes
from py_image_dedup.faces.daemon.scope import Mount, Scope
from py_image_dedup.faces.daemon.server import StatsServer
from py_image_dedup.faces.daemon.settle import Changes
from py_image_dedup.faces.daemon.supervisor import Duty, Supervisor
from py_image_dedup.faces.daemon.systemd import ServiceManager
from py_image_dedup.faces.daemon.voice import Voice
from py_image_dedup.faces.daemon.watch import Mode, RootWatch, StartInotify, WatchParts, start_inotify
from py_image_dedup.faces.metrics import Metrics
from py_image_dedup.model.errors import Stopped
from py_image_dedup.model.hands import Stop
from py_image_dedup.model.ports import Listener
from py_image_dedup.settings.settings import NotificationSettings, Settings
from py_image_dedup.wiring.watch import (
    Outlook,
    daemon_lock,
    database_trouble,
    outlook,
    own_databases,
    waiting_for_the_server,
)

Deduplicators = Callable[[Listener], AbstractContextManager[Deduplicator]]
PATIENCE_S = 1.0  # for the duty that the supervisor has in hand, and again for all watches: a share may be dead


@dataclass(frozen=True, slots=True)
class Pace:
    """How often things are done, in seconds."""

    check_s: float = 1.0  # watches: an overflow has to be noticed within 5 s
    probe_s: float = 10.0  # what the daemon stands on: a fault has to show within 30 s
    compare_s: float = 600.0  # silent mounts: a walk of 100,000 files takes 0.7 s, 0.1 % of a core at this pace
    count_s: float = 300.0  # the quarantine
    retry_s: float = loop.RETRY_S
    loop_stuck_s: float = 900.0  # a run tells of every step; comparing a million pictures is the longest one
    supervisor_stuck_s: float = 25.0  # none of its duties waits long; a fault has to show within 30 s


PACE = Pace()


class Daemon:
    """All parts of one daemon. `work` ends only by an exception."""

    def __init__(
        self,
        settings: Settings,
        deduplicators: Deduplicators,
        voice: Voice,
        stop: Stop,
        environ: Mapping[str, str],
        pace: Pace = PACE,
        start_inotify: StartInotify = start_inotify,
    ) -> None:
        self.settings = settings
        self.deduplicators = deduplicators
        self.voice = voice
        self.stop = stop
        self.pace = pace
        self.start_inotify = start_inotify
        self.manager = ServiceManager(environ)
        self.registry = CollectorRegistry()
        self.metrics = Metrics(self.registry, settings.analysis.source_directories)
        self.health = Health(self.voice.said, {loop.BEAT: pace.loop_stuck_s, supervisor.BEAT: pace.supervisor_stuck_s})
        self.changes = Changes(settings.daemon.processing_timeout.total_seconds())
        self.messenger = Messenger(
            channels(settings.notification),
            settings.notification.interval.total_seconds(),
            self.health,
            partial(self.metrics.error, "notification"),
        )
        self.chorus = Chorus(self.metrics, self.voice, self.health, self.messenger)
        self.view = outlook(settings)
        self.watches = tuple(RootWatch(root, self._watch_parts()) for root in settings.analysis.source_directories)
        self.waiting = partial(waiting_for_the_server, settings)
        self.probes = Probes(self._ground(), self.watches, self.health, self.changes)
        self.gauges = LiveGauges(self.changes, self.watches, self.health, lambda: not self.may_act(), self.waiting)
        self.gauges.register(self.registry)
        self._compare_at_s = 0.0  # of the monotonic clock

    def work(self) -> None:
        """Watch first, then run."""
        with self.running():
            self._loop().run()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Everything but the loop is at work inside. Raises LockHeld, SettingsError."""
        with ExitStack() as held, ExitStack() as at_end:
            with self.stop.held():  # a signal in the middle of a thread's start would leave a half of it
                self._start(at_end)
            at_end.callback(lambda: held.enter_context(self.stop.held()))  # a second signal must not cut the end short
            if self.stop():
                raise Stopped("Stopped before the first run.")
            yield

    def _start(self, at_end: ExitStack) -> None:
        """Everything that is at work beside the loop; `at_end` takes it apart again."""
        at_end.enter_context(daemon_lock(self.settings))
        if self.settings.stats.enabled:
            server = StatsServer(self.settings.stats.bind, self.settings.stats.port, self.registry, self.health)
            server.start()
            self.voice.said(f"Metrics and health: {server.url}")
            at_end.callback(server.close)
        at_end.callback(self._close_watches)
        self.probes.begin()
        self._check()
        self.messenger.start()
        self.probes.look()
        for overseer in self._overseers():
            overseer.start()
            at_end.callback(overseer.end, PATIENCE_S)
        self.manager.tell("READY=1")
        at_end.callback(self.manager.tell, "STOPPING=1")

    def may_act(self) -> bool:
        """Whether runs put files aside: not in a dry run, and not where every root is read-only."""
        roots = self.settings.analysis.source_directories
        return not self.settings.dry_run and not self.probes.read_only_roots.issuperset(roots)

    def _loop(self) -> Loop:
        return Loop(
            deduplicators=lambda: self.deduplicators(self.chorus),
            changes=self.changes,
            health=self.health,
            listener=self.chorus,
            say=self.voice.said,
            may_act=self.may_act,
            stop=self.stop,
            reconcile_s=self.settings.daemon.reconciliation.total_seconds(),
            retry_s=self.pace.retry_s,
        )

    def _watch_parts(self) -> WatchParts:
        return WatchParts(
            scope=scope_of(self.settings, self.view),
            changes=self.changes,
            listener=self.chorus,
            wanted=Mode(self.settings.daemon.file_observer),
            may_write=not self.settings.dry_run,
            start_inotify=self.start_inotify,
            busy=lambda: self.chorus.is_running,
        )

    def _overseers(self) -> tuple[Supervisor, ...]:
        pace = self.pace
        quick = [
            Duty("watching the watches", pace.check_s, self._check),
            Duty("looking at the ground", pace.probe_s, self.probes.look),
        ]
        if self.manager.watchdog_every_s is not None:
            quick.append(Duty("telling the service manager", self.manager.watchdog_every_s, self._tell_alive))
        slow = [
            Duty("counting the quarantine", pace.count_s, self._count_put_aside),
            Duty("counting what was put aside just now", pace.probe_s, self._count_after_acts),
            Duty("comparing", min(pace.probe_s, pace.compare_s), self._compare),
        ]
        return (
            Supervisor(quick, self.health, self.voice.said, supervisor.BEAT),
            Supervisor(slow, self.health, self.voice.said),
        )

    def _ground(self) -> Ground:
        settings = self.settings
        return Ground(
            state_directory=settings.state.directory,
            target_directory=settings.deduplication.duplicates_target_directory,
            databases=own_databases(settings),
            database_trouble=database_trouble,
            made=self._made,
            acts=not settings.dry_run,
            waiting=self.waiting,
        )

    def _made(self, database: str) -> bool:
        return self.chorus.has_finished_an_act if database == "journal" else self.chorus.has_finished_a_run

    def _check(self) -> None:
        for watch in self.watches:
            watch.check()

    def _close_watches(self) -> None:
        for watch in self.watches:
            watch.end()
        ends_s = time.monotonic() + PATIENCE_S
        for watch in self.watches:
            watch.close(max(0.0, ends_s - time.monotonic()))

    def _compare(self) -> None:
        """Not beside the first run, which reads and searches everything: a walk of its own would be one too many."""
        if self.chorus.has_finished_a_run and time.monotonic() >= self._compare_at_s:
            for watch in self.watches:
                watch.compare()
            self._compare_at_s = time.monotonic() + self.pace.compare_s

    def _count_put_aside(self) -> None:
        places = [mount.point for watch in self.watches for mount in self.view.mounts(watch.root)[1:]]
        self.gauges.put_aside = count_put_aside([*(watch.root for watch in self.watches), *places])

    def _count_after_acts(self) -> None:
        if self.chorus.acts_to_count:
            self.chorus.acts_to_count = False
            self._count_put_aside()

    def _tell_alive(self) -> None:
        if self.health.live().fine:
            self.manager.tell("WATCHDOG=1")


def scope_of(settings: Settings, view: Outlook) -> Scope:
    """What the watches ask."""
    return Scope(
        roots=settings.analysis.source_directories,
        recursive=settings.analysis.recursive,
        counts=view.counts,
        enters=view.enters,
        walk=view.walk,
        mounts=lambda root: tuple(Mount(m.point, m.kind, not m.shared) for m in view.mounts(root)),
    )


def channels(wanted: NotificationSettings) -> tuple[Channel, ...]:
    """Where digests go."""
    found: list[Channel] = [Webhook(wanted.webhook)] if wanted.webhook else []
    return (*found, *([Command(tuple(shlex.split(wanted.command)))] if wanted.command else []))


def journal_stamps(environ: Mapping[str, str]) -> bool:
    """Whether the service manager adds the time to every line."""
    return "JOURNAL_STREAM" in environ and os.getppid() == 1
