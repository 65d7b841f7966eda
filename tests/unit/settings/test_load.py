"""Where values come from, which one wins, and what is told where they cannot be used."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from py_image_dedup.model.errors import SettingsError
from py_image_dedup.model.matches import Relation
from py_image_dedup.settings.explain import value_of
from py_image_dedup.settings.load import load
from py_image_dedup.settings.schema import KEYS, Key
from py_image_dedup.settings.settings import Settings

OTHER_THAN_DEFAULT = {
    "dry_run": "no",
    "remove_empty_folders": "on",
    "store": "memory",
    "analysis.recursive": "f",
    "analysis.across_dirs": "T",
    "analysis.use_exif_data": "0",
    "analysis.signatures": "yes",
    "analysis.edited": "yes",
    "analysis.timeout": "5:00",
    "analysis.max_file_modification_time_diff": "5m",
    "deduplication.max_file_modification_time_diff": "0:05:00",
    "deduplication.retention": "1w3d",
    "deduplication.remove": "turned",
    "deduplication.prioritization_rules": "higher-score",
    "deduplication.max_share": "50%",
    "analysis.memory": "512M",
    "elasticsearch.max_distance": "30%",
    "elasticsearch.auto_create_index": "n",
    "elasticsearch.tls": "on",
    "elasticsearch.across_hosts": "yes",
    "daemon.processing_timeout": "1.5h",
    "daemon.file_observer": "inotify",
    "deduplication.way": "trash",
    "deduplication.merge_metadata": "yes",
    "stats.enabled": "off",
    "analysis.file_extensions": ".webp",
    "analysis.exclusions": "a",
}


def other_value(key: Key) -> str:
    return OTHER_THAN_DEFAULT.get(key.path, "77")


def loaded(home: Path, **more: object) -> Settings:
    return load(**{"environ": {}, "cwd": str(home), "home": str(home), "check_folders": False, **more})  # type: ignore[arg-type]


def problems(home: Path, **more: object) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as error:
        loaded(home, **more)
    return error.value.problems


def write(folder: Path, text: str, name: str = "py_image_dedup.yaml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def as_yaml(dotted: str, value: str) -> str:
    names = ["py_image_dedup", *dotted.split(".")]
    return "".join(f"{'  ' * depth}{name}:\n" for depth, name in enumerate(names))[:-1] + f" {value}\n"


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_every_key_is_read_from_the_file(key: Key, tmp_path: Path) -> None:
    path = write(tmp_path, as_yaml(key.path, other_value(key)) + "  store: memory\n" * (key.path != "store"))

    default, settings = loaded(tmp_path / "elsewhere"), loaded(tmp_path)

    assert settings.origins[key.path] == str(path)
    assert value_of(settings, key.path) != value_of(default, key.path)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_every_key_is_read_from_the_environment_which_wins_over_the_file(key: Key, tmp_path: Path) -> None:
    if key.default is not None and not isinstance(key.default, list):
        write(tmp_path, as_yaml(key.path, str(key.default)))
    environ = {"PY_IMAGE_DEDUP_STORE": "memory", key.environment: other_value(key)}

    default, settings = loaded(tmp_path / "elsewhere"), loaded(tmp_path, environ=environ)

    assert settings.origins[key.path] == key.environment
    assert value_of(settings, key.path) != value_of(default, key.path)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_every_key_can_be_given_on_the_command_line_which_wins_over_the_environment(key: Key, tmp_path: Path) -> None:
    environ = {"PY_IMAGE_DEDUP_STORE": "sqlite", key.environment: other_value(key)}
    number_or_name = "hardlink" if key.path == "deduplication.way" else "3"
    overrides = {key.path: key.default if key.default is not None else number_or_name}

    settings = loaded(tmp_path, environ=environ, overrides=overrides)

    assert settings.origins[key.path] == "command line"


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_a_wrong_value_is_told_with_the_key_wherever_it_stands(key: Key, tmp_path: Path) -> None:
    write(tmp_path, as_yaml(key.path, "{a: {b: c}}"))
    option = ">".join(["py_image_dedup", *key.path.split(".")])

    found = [p for p in problems(tmp_path) if f"for config option `{option}`: " in p]

    assert len(found) == 1
    shown = "***" if key.secret else "{'a': {'b': 'c'}}"
    assert found[0].startswith(f"Invalid value '{shown}'")


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_a_null_takes_the_default(key: Key, tmp_path: Path) -> None:
    write(tmp_path, as_yaml(key.path, "null"))

    assert loaded(tmp_path) == replace_file(loaded(tmp_path / "elsewhere"), tmp_path)


def replace_file(settings: Settings, folder: Path) -> Settings:
    from dataclasses import replace

    state = replace(settings.state, directory=str(folder / ".local/share/py-image-dedup"))
    return replace(settings, file=str(folder / "py_image_dedup.yaml"), state=state)


def test_the_first_file_that_exists_is_read_and_no_other(tmp_path: Path) -> None:
    cwd, home = tmp_path / "work", tmp_path / "home"
    order = [
        write(folder, f"py_image_dedup: {{analysis: {{threads: {number}}}}}", f"py_image_dedup.{extension}")
        for number, (folder, extension) in enumerate(
            [(f, e) for f in (cwd, home / ".config", home) for e in ("yaml", "yml")], 1
        )
    ]

    found = []
    for path in order:
        settings = load(environ={}, cwd=str(cwd), home=str(home), check_folders=False)
        found.append((settings.file, settings.analysis.threads))
        path.unlink()

    assert found == [(str(path), number) for number, path in enumerate(order, 1)]
    assert load(environ={}, cwd=str(cwd), home=str(home), check_folders=False).file is None


@pytest.mark.parametrize("text", ["", "\n# nothing\n", "py_image_dedup:\n", "py_image_dedup: {}\n", "{}", "---\n"])
def test_an_empty_file_is_all_defaults(text: str, tmp_path: Path) -> None:
    write(tmp_path, text)

    assert loaded(tmp_path).dry_run is True


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a\n", "a list stands where a map with the key `py_image_dedup` belongs"),
        ("py_image_dedup\n", "a str stands where a map with the key `py_image_dedup` belongs"),
        ("py_image_dedup: []", "option `py_image_dedup`: a list stands where a map belongs"),
        ("py_image_dedup: {analysis: 3}", "option `py_image_dedup>analysis`: a int stands where a map belongs"),
        ("py_image_dedupe: {}", "`py_image_dedupe` in FILE; the nearest known one is `py_image_dedup`"),
        ("dry_run: false", "`dry_run` in FILE; the nearest known one is `py_image_dedup>dry_run`"),
        (
            "py_image_dedup: {analysis: {thread: 3}}",
            (
                "Unknown config option `py_image_dedup>analysis>thread` in FILE;"
                " the nearest known one is `py_image_dedup>analysis>threads`"
            ),
        ),
        (
            "py_image_dedup: {deduplication: {remove_empty_folders: yes}}",
            (
                "`py_image_dedup>deduplication>remove_empty_folders` in FILE;"
                " the nearest known one is `py_image_dedup>remove_empty_folders`"
            ),
        ),
        ("py_image_dedup: {analysis.threads: 3}", "Unknown config option `py_image_dedup>analysis>threads`"),
        ("py_image_dedup: {Dry_Run: false}", "nearest known one is `py_image_dedup>dry_run`"),
        ("py_image_dedup: {1: false}", "Unknown config option `py_image_dedup>1`"),
        ("py_image_dedup: {dry_run: true, dry_run: false}", "FILE is not YAML: while constructing a mapping"),
        ("py_image_dedup: [", "FILE is not YAML"),
        ("py_image_dedup: {dry_run: !!python/object:os.system x}", "FILE is not YAML"),
        ("a: 1\n---\nb: 2\n", "FILE is not YAML"),
        ("a: " + "[" * 3000, "FILE is not YAML"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(text: str, told: str, tmp_path: Path) -> None:
    path = write(tmp_path, text)

    assert told.replace("FILE", str(path)) in "\n".join(problems(tmp_path))


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "py_image_dedup.yaml").write_bytes(b"py_image_dedup: {store: \xff\xfe}")

    assert "is not YAML" in problems(tmp_path)[0]


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="only Linux has a file that even root cannot read")
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "py_image_dedup.yaml").symlink_to("/proc/self/mem")

    assert "Cannot read the configuration file" in problems(tmp_path)[0]


def test_a_place_that_cannot_be_looked_at_is_told(tmp_path: Path) -> None:
    (tmp_path / "py_image_dedup.yaml").symlink_to("py_image_dedup.yaml")

    assert "Cannot look for the configuration file" in problems(tmp_path)[0]


def test_a_folder_or_dangling_link_of_that_name_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "py_image_dedup.yaml").mkdir()
    (tmp_path / "py_image_dedup.yml").symlink_to("gone")

    assert loaded(tmp_path).file is None


def test_yaml_is_read_by_the_rules_of_version_1_2(tmp_path: Path) -> None:
    write(
        tmp_path,
        "py_image_dedup: {dry_run: no, deduplication: {max_file_modification_time_diff: 1:05:00},"
        " daemon: {processing_timeout: 5:00}}",
    )
    settings = loaded(tmp_path)

    assert settings.dry_run is False
    assert settings.deduplication.max_file_modification_time_diff == timedelta(hours=1, minutes=5)
    assert settings.daemon.processing_timeout == timedelta(minutes=5)


def test_the_sexagesimal_numbers_of_yaml_1_1_mean_the_same(tmp_path: Path) -> None:
    write(tmp_path, "%YAML 1.1\n---\npy_image_dedup: {daemon: {processing_timeout: 5:00}}")

    assert loaded(tmp_path).daemon.processing_timeout == timedelta(minutes=5)


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, "py_image_dedup: {dry_run: ja, analysis: {threads: 0, exclusion: []}}")

    assert problems(
        tmp_path,
        environ={"PY_IMAGE_DEDUP_STATS_PORT": "x", "PY_IMAGE_DEDUP_STAT_PORT": "1"},
        overrides={"deduplication.remove": "all"},
    ) == (
        (
            f"Unknown config option `py_image_dedup>analysis>exclusion` in {path};"
            " the nearest known one is `py_image_dedup>analysis>exclusions`"
        ),
        "Unknown environment variable PY_IMAGE_DEDUP_STAT_PORT; the nearest known one is PY_IMAGE_DEDUP_STATS_PORT",
        (
            "Invalid value 'ja' for config option `py_image_dedup>dry_run`: write one of y, yes, true, t, 1, on"
            f" or n, no, false, f, 0, off ({path})"
        ),
        f"Invalid value '0' for config option `py_image_dedup>analysis>threads`: must be at least 1 ({path})",
        (
            "Invalid value 'all' for config option `py_image_dedup>deduplication>remove`: 'all': unknown; the nearest"
            " is 'same-pixels' of same-bytes, same-pixels, same-picture, turned, edited (command line)"
        ),
        (
            "Invalid value 'x' for config option `py_image_dedup>stats>port`: not a whole number"
            " (PY_IMAGE_DEDUP_STATS_PORT)"
        ),
    )


def test_a_settings_error_ends_with_status_2(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as error:
        loaded(tmp_path, environ={"PY_IMAGE_DEDUP_DRY_RUN": "?"})

    assert error.value.exit_status == 2


def test_a_wrong_value_in_the_file_is_told_even_where_the_environment_wins(tmp_path: Path) -> None:
    write(tmp_path, "py_image_dedup: {analysis: {threads: many}}")

    assert "'many'" in problems(tmp_path, environ={"PY_IMAGE_DEDUP_ANALYSIS_THREADS": "2"})[0]


def test_endlessly_nested_aliases_make_a_short_message(tmp_path: Path) -> None:
    levels = "\n".join(f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))
    write(tmp_path, f"x:\n  a0: &a0 [lol]\n{levels}\npy_image_dedup:\n  dry_run: *a29\n")

    told = problems(tmp_path)

    assert "py_image_dedup>dry_run" in told[1]
    assert max(map(len, told)) < 500


def test_a_variable_set_to_nothing(tmp_path: Path) -> None:
    write(
        tmp_path,
        "py_image_dedup: {dry_run: false, analysis: {threads: 3, exclusions: [a]}, elasticsearch: {index: i},"
        " deduplication: {max_share: 1, max_file_modification_time_diff: 5m, duplicates_target_directory: /d}}",
    )
    environ = {key.environment: "" for key in KEYS}

    settings = loaded(tmp_path, environ=environ)

    assert settings.analysis.exclusions == ()
    assert settings.deduplication.remove == ()
    assert settings.deduplication.prioritization_rules == ()
    assert settings.deduplication.duplicates_target_directory is None
    assert settings.deduplication.max_file_modification_time_diff == timedelta(minutes=5)
    assert settings.deduplication.max_share == 1
    assert (settings.dry_run, settings.analysis.threads, settings.elasticsearch.index) == (False, 3, "i")


def test_an_empty_target_never_is_the_working_directory(tmp_path: Path) -> None:
    write(tmp_path, "py_image_dedup: {deduplication: {duplicates_target_directory: ''}}")

    assert loaded(tmp_path).deduplication.duplicates_target_directory is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUID", "1000"),
        ("PGID", "1000"),
        ("PY_IMAGE_DEDUP_SERVICE_HOST", "10.0.0.1"),
        ("PY_IMAGE_DEDUP_SERVICE_PORT", "8000"),
        ("PY_IMAGE_DEDUP_SERVICE_PORT_METRICS", "8000"),
        ("PY_IMAGE_DEDUP_PORT", "tcp://10.0.0.1:8000"),
        ("PY_IMAGE_DEDUP_PORT_8000_TCP", "tcp://10.0.0.1:8000"),
        ("PY_IMAGE_DEDUP_PORT_8000_TCP_ADDR", "10.0.0.1"),
        ("_PY_IMAGE_DEDUP_COMPLETE", "bash_source"),
    ],
)
def test_variables_that_are_not_settings_pass(name: str, value: str, tmp_path: Path) -> None:
    assert loaded(tmp_path, environ={name: value}) == loaded(tmp_path)


def test_the_old_name_of_the_settle_time_is_read_and_loses(tmp_path: Path) -> None:
    write(tmp_path, "py_image_dedup: {daemon: {timeout: 10s}}")

    assert loaded(tmp_path).daemon.processing_timeout == timedelta(seconds=10)
    assert loaded(tmp_path, environ={"PY_IMAGE_DEDUP_DAEMON_TIMEOUT": "20s"}).daemon.processing_timeout == timedelta(
        seconds=20
    )
    write(tmp_path, "py_image_dedup: {daemon: {timeout: 10s, processing_timeout: 40s}}")
    assert loaded(tmp_path, environ={"PY_IMAGE_DEDUP_DAEMON_TIMEOUT": "20s"}).daemon.processing_timeout == timedelta(
        seconds=40
    )


def test_paths_on_the_command_line_bring_what_a_person_expects(tmp_path: Path) -> None:
    plain, with_paths = loaded(tmp_path), loaded(tmp_path, paths=("a,b", "/c/"))

    assert (plain.analysis.across_dirs, plain.analysis.file_extensions) == (False, (".png", ".jpg", ".jpeg"))
    assert (with_paths.analysis.across_dirs, with_paths.analysis.file_extensions) == (True, ())
    assert with_paths.analysis.source_directories == (str(tmp_path / "a,b"), "/c")
    assert with_paths.origins["analysis.across_dirs"] == "default for paths on the command line"


def test_what_is_set_holds_for_paths_on_the_command_line_too(tmp_path: Path) -> None:
    write(tmp_path, "py_image_dedup: {analysis: {across_dirs: false, source_directories: [/x]}}")
    settings = loaded(tmp_path, paths=["/c"], environ={"PY_IMAGE_DEDUP_ANALYSIS_FILE_EXTENSIONS": ".gif"})

    assert settings.analysis.across_dirs is False
    assert settings.analysis.file_extensions == (".gif",)
    assert settings.analysis.source_directories == ("/c",)


def test_options_that_were_not_given_change_nothing(tmp_path: Path) -> None:
    settings = loaded(tmp_path, overrides={"dry_run": None, "deduplication.remove": "turned,same-bytes"})

    assert settings.dry_run is True
    assert settings.deduplication.remove == (Relation.SAME_BYTES, Relation.TURNED)
    assert "nearest known one is `py_image_dedup>dry_run`" in problems(tmp_path, overrides={"dry-run": True})[0]


def test_folders_are_absolute_and_home_is_not_expanded(tmp_path: Path) -> None:
    environ = {
        "PY_IMAGE_DEDUP_ANALYSIS_SOURCE_DIRECTORIES": "./a/,~/b,../c,a",
        "PY_IMAGE_DEDUP_STATE_DIRECTORY": "state",
        "PY_IMAGE_DEDUP_DEDUPLICATION_DUPLICATES_TARGET_DIRECTORY": "/d//e/",
    }
    settings = loaded(tmp_path, environ=environ)

    assert settings.analysis.source_directories == tuple(str(tmp_path / name) for name in ("a", "~/b", "../c"))
    assert settings.state.directory == str(tmp_path / "state")
    assert settings.deduplication.duplicates_target_directory == "/d/e"


def test_names_that_are_not_utf_8_stay_byte_for_byte(tmp_path: Path) -> None:
    name = os.fsdecode(b"/caf\xe9")

    assert loaded(tmp_path, paths=[name]).analysis.source_directories == (name,)


def test_the_state_lives_where_the_platform_keeps_data(tmp_path: Path) -> None:
    assert loaded(tmp_path).state.directory.startswith(str(tmp_path))
    assert loaded(tmp_path, environ={"XDG_DATA_HOME": "/data"}).state.directory == "/data/py-image-dedup"
    with pytest.raises(SettingsError, match="no home folder is known"):
        load(environ={}, cwd="/", home="~", check_folders=False)


def test_a_named_server_keeps_its_index_unless_another_store_is_chosen(tmp_path: Path) -> None:
    environ = {"PY_IMAGE_DEDUP_ELASTICSEARCH_HOST": "127.0.0.1"}
    settings = loaded(tmp_path, environ=environ)

    assert settings.store == "elasticsearch"
    assert "PY_IMAGE_DEDUP_ELASTICSEARCH_HOST" in settings.origins["store"]
    assert loaded(tmp_path, environ={"PY_IMAGE_DEDUP_ELASTICSEARCH_CLOUD_ID": "a:b"}).store == "elasticsearch"
    assert loaded(tmp_path, environ={**environ, "PY_IMAGE_DEDUP_STORE": "sqlite"}).store == "sqlite"
    assert loaded(tmp_path, environ={"PY_IMAGE_DEDUP_ELASTICSEARCH_HOST": ""}).store == "sqlite"


def test_a_run_needs_source_folders_that_exist(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    option = "`py_image_dedup>analysis>source_directories`"

    assert (
        f"Invalid value 'None' for config option {option}: a value is required"
        in problems(tmp_path, check_folders=True)[0]
    )
    assert problems(tmp_path, check_folders=True, paths=["gone", "file"]) == (
        f"Invalid value '{tmp_path}/gone' for config option {option}: no such folder (command line)",
        f"Invalid value '{tmp_path}/file' for config option {option}: not a folder (command line)",
    )
    assert "a value is required" in problems(tmp_path, check_folders=True, paths=[""])[0]


def test_a_target_must_exist_and_no_source_may_lie_in_it(tmp_path: Path) -> None:
    (tmp_path / "target" / "source").mkdir(parents=True)
    key = "deduplication.duplicates_target_directory"

    def told(target: str, *paths: str) -> tuple[str, ...]:
        return problems(tmp_path, check_folders=True, paths=paths, overrides={key: target})

    assert "no such folder" in told("gone", "target")[0]
    assert "lies in deduplication.duplicates_target_directory" in told("target", "target/source")[0]
    assert "lies in deduplication.duplicates_target_directory" in told("target", "target")[0]
    assert loaded(
        tmp_path, check_folders=True, paths=["target"], overrides={key: "target/source"}
    ).deduplication.duplicates_target_directory == str(tmp_path / "target" / "source")


@pytest.mark.parametrize(
    ("given", "way"),
    [
        ({}, "quarantine"),
        ({"way": "hardlink"}, "hardlink"),
        ({"duplicates_target_directory": "/d"}, "target"),
        ({"duplicates_target_directory": "/d", "way": "target"}, "target"),
    ],
)
def test_the_way_follows_from_the_target_folder_where_none_is_named(
    tmp_path: Path, given: dict[str, str], way: str
) -> None:
    overrides = {f"deduplication.{name}": value for name, value in given.items()}

    assert loaded(tmp_path, overrides=overrides).deduplication.way == way


def test_nothing_is_logged_and_nothing_is_written(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    problems(tmp_path, environ={"PY_IMAGE_DEDUP_DRY_RUN": "?"})

    assert capfd.readouterr() == ("", "")
    assert caplog.records == []
    assert list(tmp_path.iterdir()) == []


def test_the_process_environment_and_working_directory_are_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "py_image_dedup: {analysis: {threads: 9}}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PY_IMAGE_DEDUP_STATE_DIRECTORY", "s")

    settings = load(check_folders=False)

    assert settings.analysis.threads == 9
    assert settings.state.directory == str(Path.cwd() / "s")
