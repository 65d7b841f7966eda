"""`./dev` on machines that lack something: one sentence that says what to do."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("sh", "dirname", "cksum", "cat", "uname", "id")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A checkout with a blank in its path and a `bin` that has no Python."""
    checkout, tools = tmp_path / "check out", tmp_path / "bin"
    checkout.mkdir()
    tools.mkdir()
    for name in ("dev", "pyproject.toml", "setup.py", "requirements-test.lock"):
        shutil.copy2(ROOT / name, checkout / name)
    for tool in TOOLS:
        (tools / tool).symlink_to(shutil.which(tool) or tool)
    return tmp_path


def give(machine: Path, name: str, script: str) -> None:
    path = machine / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def dev(machine: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(machine / "bin"), "HOME": str(machine)}
    return subprocess.run(
        ["sh", str(machine / "check out" / "dev"), *words],
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        executable=shutil.which("sh"),
    )


def test_a_python_that_is_too_old_is_named(machine: Path) -> None:
    give(machine, "python3", 'case $1 in --version) echo "Python 3.9.2" ;; *) exit 1 ;; esac')
    done = dev(machine, "run", "--version")

    assert done.returncode == 1
    assert "Python 3.11 or newer is needed, found Python 3.9.2; install one" in done.stderr


def test_no_python_at_all_is_told(machine: Path) -> None:
    done = dev(machine, "test")

    assert done.returncode == 1
    assert "found no Python 3 at all" in done.stderr


def test_a_missing_venv_module_gets_the_line_that_installs_it(machine: Path) -> None:
    give(machine, "python3", f'case "$*" in *ensurepip*) exit 1 ;; esac\nexec {sys.executable} "$@"')
    version = f"python3.{sys.version_info.minor}"
    done = dev(machine, "run", "--version")

    assert done.returncode == 1
    assert done.stderr == (
        f"./dev: python3 comes without its venv module; install it with: apt install {version}-venv\n"
    )


def test_a_newer_python_is_found_beside_one_that_is_too_old(machine: Path) -> None:
    give(machine, "python3", "exit 1")
    give(machine, "python3.12", 'case "$*" in "-m venv"*) echo "$*" >&2; exit 7 ;; esac')
    done = dev(machine, "run")

    assert done.returncode == 7
    assert "-m venv" in done.stderr


def test_uv_is_used_where_it_is_there_and_needs_no_python(machine: Path) -> None:
    log, venv = machine / "log", machine / "check out" / ".venv" / "run"
    program = venv / "bin" / "py-image-dedup"
    give(machine, "uv", f'echo "$1 $2" >>"{log}"')
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "started with $*"\n')
    program.chmod(0o755)

    first, second = dev(machine, "run", "undo", "a b"), dev(machine, "run")

    assert (first.returncode, first.stdout) == (0, "started with undo a b\n")
    assert second.stdout == "started with \n"
    assert log.read_text().split("\n") == ["venv --quiet", "pip install", "venv --quiet", ""]


def test_it_explains_itself(machine: Path) -> None:
    done = dev(machine)

    assert done.returncode == 0
    for command in ("run", "test", "nightly", "lint", "format", "reference", "lock"):
        assert f"./dev {command}" in done.stdout
    assert dev(machine, "tset").returncode == 1


@pytest.mark.parametrize("shell", ["sh", "dash", "bash"])
def test_the_script_is_plain_shell(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")

    assert subprocess.run([shell, "-n", str(ROOT / "dev")], check=False).returncode == 0
    assert os.access(ROOT / "dev", os.X_OK)
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
