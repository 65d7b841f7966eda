"""Every command of README.md does what it says, in the order in which it stands there."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from py_image_dedup.demo.library import make_library
from tests.support.tree import read_tree

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
SOURCES = (
    "py_image_dedup",
    "pyproject.toml",
    "setup.py",
    "README.md",
    "LICENSE",
    "MANIFEST.in",
    "requirements-test.lock",
)
# `./dev test` is what runs this test; `pip install .` has its turn on a fresh checkout, below.
SHIMS = {
    "dev": '[ "$1" = run ] || exit 0; shift; exec "{python}" -m py_image_dedup "$@"',
    "py-image-dedup": 'exec "{python}" -m py_image_dedup "$@"',
    "pip": '[ "$*" = "install ." ]',
}
PROGRAM = re.compile(r"`((?:\./dev run|py-image-dedup) [^`]+)`")
SIZE = re.compile(r" +\d+\.\d\d( MiB|(?= +\d+x))")
FINE = {0, 3}  # the demo library has one damaged picture, which is told with status 3


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def block_commands() -> list[str]:
    return [line for block in blocks("sh") for line in block.splitlines() if line and not line.startswith("#")]


def commands_in_the_text() -> list[str]:
    text = re.sub(r"^```.*?^```", "", README, flags=re.DOTALL | re.MULTILINE)
    return list(PROGRAM.findall(text))


@dataclass(frozen=True)
class Reader:
    """Someone with a home folder, pictures in it, and a terminal in a checkout."""

    home: Path
    checkout: Path

    @property
    def pictures(self) -> Path:
        return self.home / "Pictures"

    def types(self, command: str) -> subprocess.CompletedProcess[str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PY_IMAGE_DEDUP_", "XDG_"))}
        path = f"{self.home / 'bin'}:{os.environ['PATH']}"
        return subprocess.run(
            ["sh", "-c", command],
            cwd=self.checkout,
            env=kept | {"HOME": str(self.home), "PATH": path, "PYTHONPATH": ""},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )


def shim(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    made = Reader(tmp_path / "home", tmp_path / "py-image-dedup")
    made.checkout.mkdir()
    made.home.mkdir()
    make_library(str(made.pictures), 1)
    return made


@pytest.fixture
def quick_reader(reader: Reader) -> Reader:
    """The programs of the README lead to the sources at hand, nothing is installed."""
    for name, script in SHIMS.items():
        folder = reader.checkout if name == "dev" else reader.home / "bin"
        shim(folder, name, f"export PYTHONPATH={str(ROOT)!r}; {script.format(python=sys.executable)}")
    return reader


@pytest.fixture
def careful_reader(reader: Reader) -> Reader:
    """A fresh checkout; pip installs where `./dev run` made an environment."""
    for name in (*SOURCES, "dev"):
        copied = reader.checkout / name
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copied, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, copied)
    environment = reader.checkout / ".venv" / "run" / "bin"
    pip = f'exec "{sys.executable}" -m pip --disable-pip-version-check --python "{environment / "python"}" "$@"'
    shim(reader.home / "bin", "pip", pip)
    shim(reader.home / "bin", "py-image-dedup", f'exec "{environment / "py-image-dedup"}" "$@"')
    return reader


def test_the_readme_has_commands() -> None:
    assert block_commands()[0] == "./dev run deduplicate --dry-run ~/Pictures"
    assert len(block_commands()) >= 8


def test_every_command_of_the_blocks_works_one_after_the_other(quick_reader: Reader) -> None:
    before = read_tree(quick_reader.pictures)
    for command in block_commands():
        ended = quick_reader.types(command)

        assert ended.returncode in FINE, f"{command}\n{ended.stdout}{ended.stderr}"
        if " --dry-run" in command or " undo " in command:
            assert read_tree(quick_reader.pictures) == before, command
        if " --no-dry-run" in command or " apply " in command:
            assert len(read_tree(quick_reader.pictures)) != len(before), command
        if " apply " in command:
            assert quick_reader.types("./dev run undo last").returncode == 0
            assert read_tree(quick_reader.pictures) == before


@pytest.mark.parametrize("command", commands_in_the_text())
def test_commands_in_the_text_work(quick_reader: Reader, command: str) -> None:
    ended = quick_reader.types(command)

    assert ended.returncode in FINE, ended.stderr


def test_what_the_readme_shows_is_what_is_printed(quick_reader: Reader) -> None:
    """All of it but the name of the home folder and sizes, which the encoders of pictures decide."""
    text = quick_reader.types(block_commands()[0]).stdout.replace(str(quick_reader.home), "/home/you")
    printed = [SIZE.sub("", line) for line in text.splitlines()]
    shown = [SIZE.sub("", line) for line in "\n".join(blocks("text")).splitlines()]

    assert len(shown) >= 20
    assert [line for line in shown if line not in printed] == []


@pytest.mark.timeout(600)
def test_the_first_command_and_the_installation_work_on_a_fresh_checkout(careful_reader: Reader) -> None:
    installing = next(block for block in blocks("sh") if block.startswith("pip install ."))

    first = careful_reader.types(block_commands()[0])
    assert first.returncode in FINE, first.stdout + first.stderr
    installed = careful_reader.types(f"set -e\nrm .venv/run/bin/py-image-dedup\n{installing}")

    assert "To be put aside: " in first.stdout
    assert installed.returncode in FINE, installed.stdout + installed.stderr
    assert "To be put aside: " in installed.stdout


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_every_link_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()
