"""Settings made into a run."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial

from py_image_dedup.analysis.descriptions import DescriptionReader, described, pixels_digest, read_apart
from py_image_dedup.deduplicator import Deduplicator, Parts
from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.disposal.ways.exiftool import ExifTool
from py_image_dedup.keeping.caps import Caps
from py_image_dedup.keeping.policy import PlanPolicy
from py_image_dedup.model.errors import RefusedForSafety
from py_image_dedup.model.files import Walk
from py_image_dedup.model.hands import Stop
from py_image_dedup.model.listeners import nobody
from py_image_dedup.model.matches import Star
from py_image_dedup.model.plans import Plan, Way
from py_image_dedup.model.ports import (
    Confirm,
    Listener,
    RecordStore,
)
from py_image_dedup.model.selftest import SelftestReport
from py_image_dedup.phases.losses import Losses
from py_image_dedup.phases.plan import plan_for
from py_image_dedup.phases.roots import RootParts
from py_image_dedup.settings.explain import digest
from py_image_dedup.settings.settings import Settings
from py_image_dedup.stores.root_file import RootFile
from py_image_dedup.walking.roots import Absence
from py_image_dedup.walking.volumes import is_mounted_read_only, look_at_roots
from py_image_dedup.walking.walk import walk
from py_image_dedup.wiring import ROOTS_FILE
from py_image_dedup.wiring.clock import SystemClock
from py_image_dedup.wiring.index import elsewhere_for, store_for
from py_image_dedup.wiring.reading import limits_of, postponement_for, selection_of
from py_image_dedup.wiring.search import preferences_of, questions_for, search_parts

Planner = Callable[[Sequence[Star], Walk, frozenset[bytes]], Plan]


@contextmanager
def deduplicator_for(
    settings: Settings, listener: Listener, stop: Stop, confirm: Confirm = nobody, *, again: bool = False
) -> Iterator[Deduplicator]:
    """A Deduplicator for these settings; its store and processes are released at the end.

    Its plans leave what `undo` brought back where it is, unless `again`.
    """
    with ExitStack() as at_end:
        store = store_for(settings, listener)
        at_end.callback(store.close)
        yield Deduplicator(parts_for(settings, store, listener, stop, confirm, again=again))


def self_tested(directory: str) -> SelftestReport:
    """What the volume of a folder can do, and how removal on it survives being killed."""
    from py_image_dedup.disposal.trial.selftest import selftest

    return selftest(directory, SystemClock())


def parts_for(
    settings: Settings,
    store: RecordStore,
    listener: Listener,
    stop: Stop,
    confirm: Confirm = nobody,
    *,
    again: bool = False,
) -> Parts:
    """What a Deduplicator works with."""
    clock = SystemClock()
    roots = settings.analysis.source_directories
    hands = Disposal(settings.state.directory, clock, merger=merger_for(settings))
    search = search_parts(settings, store, listener)
    return Parts(
        roots=roots,
        walk=partial(walk, roots, selection_of(settings)),
        absence=Absence,
        search=search,
        plan=planner_for(settings, store, frozenset if again else partial(_brought_back, hands)),
        hands=hands,
        clock=clock,
        listener=listener,
        stop=stop,
        uses_exif=settings.analysis.use_exif_data,
        moves=settings.deduplication.duplicates_target_directory is not None,
        root_parts=RootParts(
            look=partial(look_at_roots, roots),
            memory=RootFile(os.path.join(settings.state.directory, ROOTS_FILE), note=listener.noted),
        ),
        confirm=confirm,
        caps=Caps(settings.deduplication.max_files, settings.deduplication.max_share),
        questions=questions_for(settings, search, clock, listener),
        elsewhere=elsewhere_for(settings, store),
        postponement=postponement_for(settings, store),
    )


def planner_for(
    settings: Settings, store: RecordStore, brought_back: Callable[[], frozenset[tuple[str, bytes]]] = frozenset
) -> Planner:
    """Stars -> Plan, told of the metadata that would be lost. `brought_back`: path and content of what stays."""
    merge, policy = settings.deduplication.merge_metadata, policy_of(settings)
    losses = Losses(store, DescriptionReader(settings.analysis.threads, limits_of(settings)), merge)
    told = losses if merge or settings.analysis.use_exif_data else _untold

    def planned(stars: Sequence[Star], walked: Walk, damaged: frozenset[bytes]) -> Plan:
        now = replace(policy, brought_back=brought_back(), read_only_roots=_read_only(walked.roots))
        return told(plan_for(stars, walked, damaged, now))

    return planned


def _brought_back(hands: Disposal) -> frozenset[tuple[str, bytes]]:
    """Nothing where the journal cannot be read: a run that only looks tells of that, and no other one gets here."""
    try:
        return hands.brought_back()
    except RefusedForSafety:
        return frozenset()


def read_only_roots(roots: Sequence[str]) -> frozenset[str]:
    """Those that are mounted read-only."""
    return frozenset(filter(is_mounted_read_only, roots))


def _read_only(roots: Sequence[str]) -> frozenset[str]:
    """Those whose copies a plan has to leave; none where all are, for then nothing is done and the plan only tells."""
    found = read_only_roots(roots)
    return frozenset() if found.issuperset(roots) else found


def _untold(plan: Plan) -> Plan:
    return plan


def merger_for(settings: Settings) -> ExifTool:
    """What moves metadata; strangers' files are read in processes of their own."""
    limits = limits_of(settings)
    return ExifTool(partial(read_apart, described, limits), partial(read_apart, pixels_digest, limits))


def policy_of(settings: Settings) -> PlanPolicy:
    """What goes for which relation, and how."""
    wanted = settings.deduplication
    apart: timedelta | None = wanted.max_file_modification_time_diff
    return PlanPolicy(
        remove=frozenset(wanted.remove),
        max_mtime_diff_ns=None if apart is None else apart // timedelta(microseconds=1) * 1000,
        way=Way(wanted.way),
        target_directory=wanted.duplicates_target_directory,
        remove_empty_folders=settings.remove_empty_folders,
        settings_digest=digest(settings),
        rules=wanted.prioritization_rules,
        preferences=preferences_of(settings),
    )
