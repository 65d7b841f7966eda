"""Permissions and mounts for tests, also where they run as root (as in a container)."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = 65_534
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def unprivileged() -> Iterator[None]:
    """Inside, permission bits count: root becomes nobody. For folders of `nobodys_folder`."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def nobodys_folder() -> Iterator[str]:
    """A folder that the user inside `unprivileged` owns and can reach."""
    folder = tempfile.mkdtemp()
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    try:
        yield folder
    finally:
        for below, _, _ in os.walk(folder):
            os.chmod(below, 0o700)
        shutil.rmtree(folder)


def python_in_private_mounts(
    mounts: Sequence[Sequence[str]], code: str, *arguments: str, timeout_s: float = 240
) -> str:
    """Run the `mount` commands and then `code` in a mount namespace of its own; what it printed.

    Skips the test where the system allows no such namespace, which takes root or user namespaces.
    """
    lines = [shlex.join(["mount", *mount]) for mount in mounts]
    lines.append(shlex.join(["exec", sys.executable, "-c", code, *arguments]))
    done = subprocess.run(
        [*_unshare(), "sh", "-c", " && ".join(lines)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _unshare() -> list[str]:
    for command in (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"]):
        if (
            shutil.which("unshare")
            and subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0
        ):
            return command
    pytest.skip("this system allows no private mounts")
