"""The package installs from its sources into an empty environment, and the wheel lives without them."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import py_image_dedup

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("py_image_dedup", "pyproject.toml", "setup.py", "README.md", "LICENSE", "MANIFEST.in")


def copy_of_the_sources(folder: Path) -> Path:
    """What a checkout has; building in the working tree would leave build/ behind."""
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            folder.mkdir(exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(600)
def test_sources_and_wheel_install_into_an_empty_environment(tmp_path: Path) -> None:
    sources, venv, wheels = copy_of_the_sources(tmp_path / "sources"), tmp_path / "venv", tmp_path / "wheels"
    program, version = venv / "bin" / "py-image-dedup", f"py-image-dedup, version {py_image_dedup.__version__}\n"
    package = {str(path.relative_to(sources)) for path in (sources / "py_image_dedup").rglob("*") if path.is_file()}
    run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=tmp_path)  # Debian's Python may come without ensurepip
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", venv / "bin" / "python")

    run(*pip, "install", "--constraint", ROOT / "requirements-test.lock", sources, cwd=tmp_path)
    assert run(program, "--version", cwd=tmp_path) == version

    run(*pip, "wheel", "--no-deps", "--wheel-dir", wheels, sources, cwd=tmp_path)
    run(*pip, "uninstall", "--yes", "py-image-dedup", cwd=tmp_path)
    shutil.rmtree(sources)
    (wheel,) = wheels.iterdir()
    run(*pip, "install", "--no-deps", wheel, cwd=tmp_path)
    assert run(program, "--version", cwd=tmp_path) == version

    assert contents(wheel) == package


def contents(wheel: Path) -> set[str]:
    """The files of a wheel, without its metadata."""
    return {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
