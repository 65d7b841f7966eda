"""The values of one run, typed and frozen. Field names are the keys of the schema."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from py_image_dedup.model.matches import Relation


@dataclass(frozen=True, slots=True)
class StateSettings:
    """Where index, journal and lock live."""

    directory: str  # absolute


@dataclass(frozen=True, slots=True)
class AnalysisSettings:
    """Which files are looked at, and how they are read."""

    source_directories: tuple[str, ...]  # absolute, in the order given
    recursive: bool
    across_dirs: bool
    file_extensions: tuple[str, ...]  # lower case, with the dot; empty: every file
    exclusions: tuple[re.Pattern[str], ...]  # searched in absolute paths
    threads: int  # worker processes
    use_exif_data: bool
    timeout: timedelta  # one picture
    memory: int  # bytes, one worker
    max_pixels: int
    signatures: bool
    on: str | None = None  # a Dask cluster
    edited: bool = False  # whether edited copies are looked for although none is removed


@dataclass(frozen=True, slots=True)
class DeduplicationSettings:
    """What is acted on, what is kept, and the limits of one run."""

    remove: tuple[Relation, ...]  # strongest first
    max_file_modification_time_diff: timedelta | None
    prioritization_rules: tuple[str, ...]
    preferred_directories: tuple[str, ...]  # absolute, best first
    avoided_directories: tuple[str, ...]  # absolute
    preferred_formats: tuple[str, ...]  # upper case, best first
    duplicates_target_directory: str | None  # absolute
    way: str  # a value of model.plans.Way; "target" exactly where there is a target directory
    max_files: int
    max_share: float  # 0..1
    retention: timedelta
    merge_metadata: bool = False


@dataclass(frozen=True, slots=True)
class ElasticsearchSettings:
    """The shared index."""

    host: str  # one or several, with commas
    port: int
    tls: bool
    ca_file: str | None  # absolute
    cloud_id: str | None
    user: str | None
    password: str | None = field(repr=False)
    api_key: str | None = field(repr=False)
    timeout: timedelta  # one request
    start_timeout: timedelta
    index: str
    auto_create_index: bool
    library: str | None
    max_distance: float  # 0..1, strictly below
    across_hosts: bool = False


@dataclass(frozen=True, slots=True)
class DaemonSettings:
    """How changes are noticed."""

    processing_timeout: timedelta
    file_observer: str  # polling or inotify
    reconciliation: timedelta


@dataclass(frozen=True, slots=True)
class NotificationSettings:
    """Who is told what the daemon found."""

    webhook: str | None
    command: str | None
    interval: timedelta


@dataclass(frozen=True, slots=True)
class StatsSettings:
    """Where metrics are served."""

    enabled: bool
    port: int
    bind: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Every value of the schema, and where each came from.

    `origins` maps dotted keys to "default", a file's path, the name of an environment variable, or "command line".
    """

    dry_run: bool
    remove_empty_folders: bool
    store: str  # sqlite, memory or elasticsearch
    state: StateSettings
    analysis: AnalysisSettings
    deduplication: DeduplicationSettings
    elasticsearch: ElasticsearchSettings
    daemon: DaemonSettings
    notification: NotificationSettings
    stats: StatsSettings
    file: str | None = None  # the configuration file that was read
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)
