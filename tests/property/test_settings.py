"""Whatever stands in file or environment: a run is never more destructive than asked, and never a traceback."""

import json
import tempfile
from pathlib import Path

from container_app_conf.entry.timedelta import TimeDeltaConfigEntry
from hypothesis import given, settings
from hypothesis import strategies as st

from py_image_dedup.model.errors import SettingsError
from py_image_dedup.model.matches import Relation
from py_image_dedup.settings.grammar import FALSE, duration
from py_image_dedup.settings.load import load
from py_image_dedup.settings.schema import KEYS
from py_image_dedup.settings.settings import Settings

WORDS = st.sampled_from(
    ["", "no", "false", "False ", "0", "off", "-1", "true", "null", "10%", "[]", "{}", "5:00", "a,b"]
)
TEXTS = WORDS | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)
PATHS = st.sampled_from([key.path for key in KEYS])


def loaded(environ: dict[str, str] | None = None, file: object = None, **overrides: object) -> Settings | None:
    """The settings, or None where the run refuses to start."""
    with tempfile.TemporaryDirectory() as folder:
        if file is not None:
            Path(folder, "py_image_dedup.yaml").write_text(json.dumps(file), "utf-8")  # JSON is YAML 1.2
        try:
            return load(environ=environ or {}, cwd=folder, home=folder, overrides=overrides, check_folders=False)
        except SettingsError:
            return None


@given(TEXTS)
def test_only_a_word_for_no_ends_the_dry_run_from_the_environment(word: str) -> None:
    found = loaded({"PY_IMAGE_DEDUP_DRY_RUN": word})

    assert found is None or found.dry_run or word.lower() in FALSE


@given(VALUES)
def test_only_a_word_for_no_ends_the_dry_run_from_the_file(value: object) -> None:
    found = loaded(file={"py_image_dedup": {"dry_run": value}})

    assert found is None or found.dry_run or str(value).lower() in FALSE


@given(st.dictionaries(PATHS, TEXTS, max_size=6))
def test_the_flag_wins_over_everything(environment: dict[str, str]) -> None:
    environ = {f"PY_IMAGE_DEDUP_{path.replace('.', '_').upper()}": value for path, value in environment.items()}

    found = loaded(environ, file={"py_image_dedup": {"dry_run": False}}, dry_run=True)

    assert found is None or found.dry_run


@given(st.dictionaries(PATHS | TEXTS, VALUES, max_size=4), st.dictionaries(TEXTS, VALUES, max_size=2))
def test_a_file_is_read_or_refused_and_look_alikes_never_go(keys: dict[str, object], beside: dict[str, object]) -> None:
    tree: dict[str, object] = {}
    for path, value in keys.items():
        section, _, name = path.rpartition(".")
        inner = tree.setdefault(section, {}) if section else tree
        if isinstance(inner, dict):
            inner[name] = value

    found = loaded(file={"py_image_dedup": tree, **beside})

    assert found is None or Relation.LOOK_ALIKE not in found.deduplication.remove
    assert found is None or not beside or set(beside) == {"py_image_dedup"}


@settings(max_examples=400)
@given(st.lists(st.sampled_from([*"1205:. -,", "1.5", "h", "mins", "s", "days", "w", "00", "hours"]), max_size=8))
def test_durations_mean_what_they_meant(parts: list[str]) -> None:
    written = "".join(parts)
    try:
        meant = TimeDeltaConfigEntry(["a"])._value_to_type(written)
    except ValueError:
        return

    if meant.total_seconds() > 0:
        # the old reading cuts fractions of a second
        assert 0 <= (duration(written) - meant).total_seconds() < 1
