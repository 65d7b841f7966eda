"""What the schema says, written out: the commented reference file and the page of the documentation."""

import textwrap
from collections.abc import Iterator

from py_image_dedup.settings.rules import DEFAULT_RULES, RULES
from py_image_dedup.settings.schema import KEYS, ROOT, Key

WIDTH = 110  # characters of a comment line

HEAD = """\
# Every setting of py-image-dedup with its default. Generated from the schema: `py-image-dedup config reference`.
# Copy what you want to change into py_image_dedup.yaml in the working directory, in ~/.config/ or in ~/.
# Each setting can also be given as an environment variable, which wins over the file.
"""

PAGE_HEAD = """\
# Settings

This page is generated from the schema in `py_image_dedup/settings/schema.py` (`./dev reference`).

A value comes from the command line, else from an environment variable, else from the configuration file, else it is
the default. The file is the first that exists of `./`, `~/.config/` and `~/`, each with `py_image_dedup.yaml`, then
`py_image_dedup.yml`; files are not merged. `py-image-dedup config show` prints every value with where it came from,
`config check` says whether a run could start, `config reference` prints a file with every key.

- A missing key, or one without a value, takes its default. An unknown key, an unknown variable that begins with
  `PY_IMAGE_DEDUP_` and a value of the wrong shape are errors; all of them are shown at once, and the exit status is 2.
  Variables that a container engine or cluster sets for a service called `py-image-dedup` (`..._SERVICE_HOST`,
  `..._PORT_8000_TCP`, ...) are passed over.
- `PUID` and `PGID` belong to the container image, not to the program, and have no prefix.
- A variable set to nothing is as good as not set, except that a list becomes empty and
  `deduplication.duplicates_target_directory` becomes none.
- A list is written as a list, or as one text split at commas; blanks around its items and empty items are dropped. So
  a path or expression with a comma in it cannot be given by environment.
- Rules are written as names or as maps, `{"name": "more-exif-data"}`, as a list, as a JSON list, or parted by commas.
- With `PATH...` on the command line those folders are searched, and where neither file nor environment says otherwise
  copies are found across folders and every readable format counts.
- A set-up that names `elasticsearch.host` keeps its index there, unless `store` says otherwise.
"""


def reference_yaml() -> str:
    """The reference file: every key with a comment; read back, it gives the defaults."""
    lines = [f"{ROOT}:"]
    section = ""
    for key in KEYS:
        folder, _, name = key.path.rpartition(".")
        if folder != section:
            section = folder
            lines += ["", f"  {folder}:"]
        elif lines[-1] != f"{ROOT}:":
            lines.append("")
        indent = "    " if folder else "  "
        lines += [f"{indent}# {line}" for line in _comment(key)]
        lines += [f"{indent}{line}" for line in _assignment(name, key.default)]
    return HEAD + "\n".join(lines) + "\n"


def _comment(key: Key) -> Iterator[str]:
    yield from textwrap.wrap(key.help, WIDTH)
    yield from textwrap.wrap(f"{key.kind.name.capitalize()}: {key.kind.words}.", WIDTH)
    if key.default_words:
        yield f"Default: {key.default_words}."
    if key.example is not None:
        yield f"Example: {_flow(key.example)}"
    yield f"Environment: {key.environment}"


def _assignment(name: str, value: object) -> Iterator[str]:
    if isinstance(value, list) and value:
        yield f"{name}:"
        yield from (f"  - {_flow(item)}" for item in value)
    else:
        yield f"{name}: {_flow(value)}"


def _flow(value: object) -> str:
    """A value in one line of YAML."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_flow(item)}" for name, item in value.items())
    return f'"{value}"' if str(value).startswith((".*", "0:")) else str(value)


def settings_page() -> str:
    """docs/settings.md: a heading for every key."""
    parts = [PAGE_HEAD]
    section = None
    for key in KEYS:
        folder = key.path.rpartition(".")[0]
        if folder != section:
            section = folder
            parts.append(f"## `{folder}`\n" if folder else "## At the root\n")
        parts.append(f"### `{key.path}`\n\n" + "\n".join(_facts(key)) + "\n")
    return "\n".join([*parts, _rules()])


def _facts(key: Key) -> Iterator[str]:
    yield f"{key.help}\n"
    yield f"- Environment: `{key.environment}`"
    yield f"- Type: {key.kind.name} ({key.kind.words})"
    yield f"- Default: {_default(key)}"
    if key.example is not None:
        yield f"- Example: `{_flow(key.example)}`"
    yield from (f"- Also read as: `{alias}`; `{key.path}` wins" for alias in key.aliases)


def _default(key: Key) -> str:
    if key.default_words or key.default is None:
        return key.default_words or "none"
    if key.kind.name == "list of rules":
        return "the nine rules below that are marked with their place, in that order"
    return f"`{_flow(key.default)}`"


def _rules() -> str:
    places = {name: str(place) for place, name in enumerate(DEFAULT_RULES, 1)}
    rows = [f"| `{name}` | {words} | {places.get(name, '')} |" for name, words in RULES.items()]
    return "\n".join(
        ["## Rules for what is kept\n", "| rule | the file that stays has | default |", "|---|---|---|", *rows, ""]
    )
