"""Where raw values are read: the file, the environment, the command line, as sources of container-app-conf.

The only module that knows container-app-conf. That library finds the file, keeps environment and file apart and
words the error; added here are what it lacks: unknown names are reported, all errors are collected, each value
knows where it came from, nothing is logged.
"""

import os
import re
import reprlib
from collections.abc import Iterator, Mapping

from container_app_conf import ConfigEntry
from container_app_conf.source import DataSource
from container_app_conf.source.env_source import EnvSource
from container_app_conf.source.yaml_source import YamlSource

from py_image_dedup.settings.grammar import nearest, shape
from py_image_dedup.settings.schema import (
    BY_ENVIRONMENT,
    BY_PATH,
    EVERY_PATH,
    PREFIX,
    ROOT,
    Key,
    environment_name,
    option_name,
)

SECTIONS = tuple({path.rpartition(".")[0]: None for path in EVERY_PATH if "." in path})
LONGEST_SHOWN = 200  # characters of a wrong value in a message
# A container engine or cluster describes a service of our name in variables that begin like ours.
SERVICE_VARIABLE = re.compile(r"\w*_SERVICE_(HOST|PORT\w*)|\w*_PORT_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?")
SERVICE_ADDRESS = re.compile(r"(tcp|udp|sctp)://")


class KeyEntry(ConfigEntry):  # type: ignore[misc]  # the library has no types
    """One key under one of its names; its `value` is set raw and read typed."""

    def __init__(self, key: Key, path: str) -> None:
        super().__init__(key_path=[ROOT, *path.split(".")], description=key.help, secret=key.secret)
        self._key = key

    def _parse_value(self, value: object) -> object:
        """The typed value; ValueError with the whole sentence. Unlike the library's, it logs no traceback."""
        try:
            return self._key.kind.parse(value)
        except ValueError as error:
            return self._raise_invalid_value("***" if self.secret else shortened(value), str(error))


class FileSource(YamlSource):  # type: ignore[misc]
    """The first configuration file that exists; only known keys are taken from it."""

    def __init__(self, cwd: str, home: str) -> None:
        below_home = [os.path.join(home, ".config"), home] if os.path.isabs(home) else []
        super().__init__(file_name=ROOT, path=[cwd, *below_home])
        self.problems: list[str] = []
        self.file: str | None = None

    def origin(self, path: str) -> str:  # noqa: ARG002 - every source answers alike
        """Where the value of `path` stands."""
        return str(self.file)

    def candidates(self) -> Iterator[str]:
        """The paths a configuration file may have, in the order in which they are tried."""
        for folder in self.paths:
            yield from (os.path.join(folder, f"{ROOT}.{extension}") for extension in self.file_extensions)

    def _find_config_file(self) -> str | None:
        """The first candidate that is a file. One that cannot be looked at is a problem: it may forbid something."""
        for path in self.candidates():
            try:
                os.stat(path)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                self.problems.append(f"Cannot look for the configuration file {path}: {error.strerror}")
                continue
            if os.path.isfile(path):
                return path
        return None

    def _load(self) -> dict[str, object]:
        self.file = self._find_config_file()
        root = None if self.file is None else self._load_file(self.file)
        if root is None:
            return {}
        if not isinstance(root, dict):
            self.problems.append(f"{self.file}: {shape(root)} stands where a map with the key `{ROOT}` belongs")
            return {}
        self.problems += [self._unknown(str(name), str(name)) for name in root if name != ROOT]
        return {ROOT: self._section(root.get(ROOT), "")}

    def _load_file(self, file_path: str) -> object:
        """What the file holds, by YAML 1.2 rules (`no` and 5:00 are texts); None where it cannot be read."""
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError

        try:
            with open(file_path, "rb") as file:
                found: object = YAML(typ="safe", pure=True).load(file)
                return found
        except OSError as error:
            self.problems.append(f"Cannot read the configuration file {file_path}: {error.strerror}")
        except (YAMLError, ValueError, RecursionError, TypeError) as error:
            self.problems.append(f"{file_path} is not YAML: {' '.join(str(error).split())[:LONGEST_SHOWN]}")
        return None

    def _section(self, node: object, path: str) -> dict[str, object]:
        """The known keys of a map; what is unknown or misshapen becomes a problem."""
        if node is None:
            return {}
        if not isinstance(node, dict):
            option = option_name(path) if path else ROOT
            self.problems.append(
                f"Invalid value '{shortened(node)}' for config option `{option}`:"
                f" {shape(node)} stands where a map belongs ({self.file})"
            )
            return {}
        return dict(self._members(node, path))

    def _members(self, node: dict[object, object], path: str) -> Iterator[tuple[str, object]]:
        for name, value in node.items():
            below = f"{path}.{name}" if path else str(name)
            if not isinstance(name, str) or "." in name:
                self.problems.append(self._unknown(option_name(below), below))
            elif below in EVERY_PATH:
                yield name, value
            elif below in SECTIONS:
                yield name, self._section(value, below)
            else:
                self.problems.append(self._unknown(option_name(below), below))

    def _unknown(self, option: str, path: str) -> str:
        return f"Unknown config option `{option}` in {self.file}; the nearest known one is `{nearest_option(path)}`"


class EnvironmentSource(EnvSource):  # type: ignore[misc]
    """Variables with our prefix; one set to nothing counts only where its kind says so."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__()
        self.environ = environ
        self.problems: list[str] = []

    def origin(self, path: str) -> str:
        """Where the value of `path` stands."""
        return environment_name(path)

    def _load(self) -> dict[str, str]:
        ours = {name: value for name, value in self.environ.items() if name.startswith(PREFIX)}
        for name in sorted(ours.keys() - BY_ENVIRONMENT.keys()):
            if not describes_a_service(name, ours[name]):
                near = nearest(name, list(BY_ENVIRONMENT))
                self.problems.append(f"Unknown environment variable {name}; the nearest known one is {near}")
        known = {name: EVERY_PATH[BY_ENVIRONMENT[name]] for name in ours.keys() & BY_ENVIRONMENT.keys()}
        return {name: ours[name] for name, key in known.items() if ours[name] or key.kind.empty_counts}


class CommandLineSource(DataSource):  # type: ignore[misc]
    """Values by dotted path; None means that the option was not given."""

    def __init__(self, overrides: Mapping[str, object]) -> None:
        super().__init__()
        self.overrides = overrides
        self.problems = [
            f"Unknown config option `{path}` on the command line; the nearest known one is `{nearest_option(path)}`"
            for path in overrides
            if path not in BY_PATH
        ]

    def origin(self, path: str) -> str:  # noqa: ARG002 - every source answers alike
        """Where the value of `path` stands."""
        return "command line"

    def _load(self) -> dict[str, object]:
        return {f"{ROOT}.{path}": value for path, value in self.overrides.items() if value is not None}

    def has(self, entry: ConfigEntry) -> bool:
        """Whether the option of this key was given."""
        return ".".join(entry.key_path) in self.root

    def get(self, entry: ConfigEntry) -> object:
        """What was given."""
        return self.root[".".join(entry.key_path)]


Source = FileSource | EnvironmentSource | CommandLineSource


def describes_a_service(name: str, value: str) -> bool:
    """Whether a variable was set by a container engine or cluster for a service, not by a person for us."""
    return bool(SERVICE_VARIABLE.fullmatch(name) or (name.endswith("_PORT") and SERVICE_ADDRESS.match(value)))


def nearest_option(path: str) -> str:
    """The known option that a wrong dotted path most likely means: one of the same last name, else the most similar."""
    leaf = path.rpartition(".")[2]
    namesakes = [known for known in (*EVERY_PATH, *SECTIONS) if known.rpartition(".")[2] == leaf]
    found = nearest(path, namesakes or [ROOT, *EVERY_PATH, *SECTIONS])
    return found if found == ROOT else option_name(found)


def shortened(value: object) -> str:
    """A value for a message, cut where it is long; containers also in depth, since YAML can nest them endlessly."""
    written = value if isinstance(value, str) else reprlib.repr(value)
    return written if len(written) <= LONGEST_SHOWN else f"{written[:LONGEST_SHOWN]}..."
