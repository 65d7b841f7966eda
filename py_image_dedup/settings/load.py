"""Settings from file, environment and command line: every value typed, every problem told at once.

Command line over environment over file over default. The file is the first that exists of ./, ~/.config/ and ~/, each
with py_image_dedup.yaml, then py_image_dedup.yml; files are not merged.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from stat import S_ISDIR
from typing import Any

from py_image_dedup.model.errors import SettingsError
from py_image_dedup.settings.platform import data_folder, home_folder, processors
from py_image_dedup.settings.schema import BY_PATH, KEYS, Key, environment_name, option_name
from py_image_dedup.settings.settings import (
    AnalysisSettings,
    DaemonSettings,
    DeduplicationSettings,
    ElasticsearchSettings,
    NotificationSettings,
    Settings,
    StateSettings,
    StatsSettings,
)
from py_image_dedup.settings.sources import (
    CommandLineSource,
    EnvironmentSource,
    FileSource,
    KeyEntry,
    Source,
    shortened,
)

SOURCES = "analysis.source_directories"
TARGET = "deduplication.duplicates_target_directory"
WAY = "deduplication.way"
STATE = "state.directory"
SERVER = ("elasticsearch.host", "elasticsearch.cloud_id")
# Who names folders on the command line expects every copy in them to be found.
WITH_PATHS: Mapping[str, object] = {"analysis.across_dirs": True, "analysis.file_extensions": ()}


@dataclass(slots=True)
class Answers:
    """Values, their origins and the problems met on the way."""

    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)

    def give(self, path: str, value: object, origin: str) -> None:
        """Set a value; what was there is replaced."""
        self.values[path] = value
        self.origins[path] = origin

    def refuse(self, path: str, value: object, reason: str) -> None:
        """Note that a value cannot be used."""
        self.failed.add(path)
        option = option_name(path)
        self.problems.append(f"Invalid value '{shortened(value)}' for config option `{option}`: {reason}")


def load(
    *,
    paths: Sequence[str] = (),
    overrides: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    cwd: str | None = None,
    home: str | None = None,
    check_folders: bool = True,
) -> Settings:
    """The settings of a run.

    `paths` stand for analysis.source_directories; `overrides` are other values of the command line by dotted key
    (None: not given). With `check_folders`, source folders must be given and all folders must exist; commands that
    search nothing do without. Raises SettingsError with every problem found.
    """
    environ = os.environ if environ is None else environ
    cwd = cwd or _working_directory()
    home = home or home_folder(environ)
    given = {**(overrides or {}), **({SOURCES: list(paths)} if paths else {})}
    file = FileSource(cwd, home)

    answers = _read([file, EnvironmentSource(environ), CommandLineSource(given)])
    _complete(answers, environ, home, with_paths=bool(paths))
    _anchor(answers, cwd)
    _choose_store(answers)
    _choose_way(answers)
    if check_folders:
        _check_folders(answers)
    if answers.problems:
        raise SettingsError(answers.problems)
    return _built(answers, file.file)


def _working_directory() -> str:
    try:
        return os.getcwd()
    except OSError as error:
        raise SettingsError(
            [f"The working directory cannot be told: {error.strerror}; change to another one"]
        ) from None


def _read(sources: Sequence[Source]) -> Answers:
    """What the sources hold; they come weakest first, so that the last one that has a value wins."""
    answers = Answers()
    for source in sources:
        source.load()
        answers.problems += source.problems
    for key in KEYS:
        for path in (*key.aliases, key.path):
            _ask(sources, key, path, answers)
    return answers


def _ask(sources: Sequence[Source], key: Key, path: str, answers: Answers) -> None:
    """Parse what each source has for this name. A wrong value is a problem even where a stronger one is right."""
    for source in sources:
        entry = KeyEntry(key, path)
        if source.has(entry):
            try:
                entry.value = source.get(entry)
            except ValueError as error:
                answers.problems.append(f"{error} ({source.origin(path)})")
                answers.failed.add(key.path)
            else:
                answers.give(key.path, entry.value, source.origin(path))


def _complete(answers: Answers, environ: Mapping[str, str], home: str, *, with_paths: bool) -> None:
    """Defaults for what no source has."""
    computed: dict[str, Callable[[], object]] = {
        "analysis.threads": processors,
        STATE: lambda: data_folder(environ, home),
        SOURCES: tuple,
    }
    for key in KEYS:
        if key.path in answers.values:
            continue
        if with_paths and key.path in WITH_PATHS:
            answers.give(key.path, WITH_PATHS[key.path], "default for paths on the command line")
        elif key.path in computed:
            answers.give(key.path, computed[key.path](), "default")
        else:
            answers.give(key.path, None if key.default is None else key.kind.parse(key.default), "default")


def _anchor(answers: Answers, cwd: str) -> None:
    """Make every folder absolute. `..` stays: what it means depends on links."""
    for key in KEYS:
        value = answers.values[key.path]
        if key.kind.folder and isinstance(value, str):
            answers.values[key.path] = str(PurePath(cwd, value))
        elif key.kind.folder and value is not None:
            answers.values[key.path] = tuple(dict.fromkeys(str(PurePath(cwd, path)) for path in value))
    if answers.values[STATE] is None:
        answers.refuse(STATE, None, f"no home folder is known; set it, or {environment_name(STATE)}")


def _choose_store(answers: Answers) -> None:
    """Set-ups that name an Elasticsearch server stay on it, unless they choose another store."""
    named = next((path for path in SERVER if answers.origins[path] != "default"), None)
    if answers.origins["store"] == "default" and named is not None:
        answers.give("store", "elasticsearch", f"{named} is set ({answers.origins[named]})")


def _choose_way(answers: Answers) -> None:
    """A target folder says that copies are moved there; another way beside it is a contradiction."""
    way, target = answers.values[WAY], answers.values[TARGET]
    if way is None and target is None:
        answers.give(WAY, "quarantine", "default")
    elif way is None:
        answers.give(WAY, "target", f"{TARGET} is set ({answers.origins[TARGET]})")
    elif way == "target" and target is None and TARGET not in answers.failed:
        answers.refuse(WAY, way, f"it needs {TARGET} ({answers.origins[WAY]})")
    elif way != "target" and target is not None:
        answers.refuse(WAY, way, f"{TARGET} is set as well ({answers.origins[TARGET]}); leave one of them out")


def _check_folders(answers: Answers) -> None:
    """Source folders are given, all folders exist, and no source lies in the folder that copies are moved to."""
    sources, target = answers.values[SOURCES], answers.values[TARGET]
    if not sources and SOURCES not in answers.failed:
        name = environment_name(SOURCES)
        answers.refuse(
            SOURCES, None, f"a value is required: name folders on the command line, in the file or in {name}"
        )
    for path, folder in [*((SOURCES, source) for source in sources), *([(TARGET, target)] if target else [])]:
        reason = _trouble(folder)
        if reason:
            answers.refuse(path, folder, f"{reason} ({answers.origins[path]})")
    for source in _inside(target, sources):
        answers.refuse(SOURCES, source, f"lies in {TARGET}, whose files are never searched")


def _trouble(folder: str) -> str | None:
    """Why a folder cannot be used, None where it can."""
    try:
        return None if S_ISDIR(os.stat(folder).st_mode) else "not a folder"
    except FileNotFoundError:
        return "no such folder"
    except OSError as error:
        return f"cannot be looked at: {error.strerror}"


def _inside(target: str | None, sources: Sequence[str]) -> Iterator[str]:
    """Those of `sources` that are `target` or below it, links resolved."""
    if target is not None:
        real = os.path.realpath(target)
        yield from (source for source in sources if PurePath(os.path.realpath(source)).is_relative_to(real))


def _built(answers: Answers, file: str | None) -> Settings:
    def section(name: str) -> dict[str, Any]:
        return {path.removeprefix(name): answers.values[path] for path in BY_PATH if path.startswith(name)}

    return Settings(
        **{path: answers.values[path] for path in BY_PATH if "." not in path},
        state=StateSettings(**section("state.")),
        analysis=AnalysisSettings(**section("analysis.")),
        deduplication=DeduplicationSettings(**section("deduplication.")),
        elasticsearch=ElasticsearchSettings(**section("elasticsearch.")),
        daemon=DaemonSettings(**section("daemon.")),
        notification=NotificationSettings(**section("notification.")),
        stats=StatsSettings(**section("stats.")),
        file=file,
        origins=answers.origins,
    )
