"""The commands of docs/shell-completion.md give scripts that complete in the real shells."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "shell-completion.md").read_text("utf-8")
ASK = {
    "bash": "source ~/.local/share/bash-completion/completions/py-image-dedup;"
    " COMP_WORDS=(@LINE@); COMP_CWORD=$((${#COMP_WORDS[@]} - 1));"
    ' _py_image_dedup_completion py-image-dedup; printf "%s\\n" "${COMPREPLY[@]}"',
    "zsh": "compdef() {}; _describe() { print -l -- $completions_with_descriptions };"
    " source ~/.zfunc/_py-image-dedup; words=(@LINE@); CURRENT=$#words; _py_image_dedup_completion",
    "fish": "source ~/.config/fish/completions/py-image-dedup.fish; complete -C '@LINE@'",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder in which every command of the page was run."""
    folder = tmp_path_factory.mktemp("home")
    program = folder / "bin" / "py-image-dedup"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m py_image_dedup "$@"\n')
    program.chmod(0o755)
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == len(ASK)
    for block in blocks:
        assert shell("sh", block, folder).returncode == 0
    return folder


def shell(name: str, script: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {"HOME": str(home), "PATH": f"{home / 'bin'}:{os.environ['PATH']}"}
    plain = {"zsh": ["-f"], "bash": ["--norc"], "fish": ["--no-config"]}.get(name, [])
    found = shutil.which(name)
    assert found, f"./dev test installs {name}"
    return subprocess.run(
        [found, *plain, "-c", script], env=environment, cwd=home, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", ASK)
@pytest.mark.parametrize(
    ("words", "completed"), [("config ref", "reference"), ("dedup", "deduplicate"), ("deduplicate --dry", "--dry-run")]
)
def test_words_are_completed(name: str, words: str, completed: str, home: Path) -> None:
    if sys.platform != "linux" and shutil.which(name) is None:
        pytest.skip(f"no {name} here")
    done = shell(name, ASK[name].replace("@LINE@", f"py-image-dedup {words}"), home)

    assert re.search(rf"^{completed}\b", done.stdout, re.MULTILINE), done.stdout + done.stderr
