"""The image, built by buildah on a Debian that debootstrap makes, and run in namespaces of its own, without engine."""

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.daemons import fetched, samples

ROOT = Path(__file__).resolve().parents[2]
SUITE = "bookworm"
PACKAGES = "python3,python3-venv,ca-certificates"  # tini comes by the Dockerfile, as on python:slim
TOOLS = ("buildah", "debootstrap", "unshare", "setpriv", "nsenter")
IN_COMPOSE: dict[str, Any] = {  # as docker-compose.yml has it
    "read_only": True,
    "capabilities": ("chown", "setuid", "setgid"),
    "no_new_privileges": True,
}
ACTING = {
    "PY_IMAGE_DEDUP_ANALYSIS_SOURCE_DIRECTORIES": "/mnt/source",
    "PY_IMAGE_DEDUP_DRY_RUN": "false",
    "PY_IMAGE_DEDUP_DEDUPLICATION_MAX_SHARE": "100%",
    "PY_IMAGE_DEDUP_ANALYSIS_THREADS": "1",
}
IN_THE_IMAGE = [  # the mark of tests that run it
    pytest.mark.timeout(1200),
    pytest.mark.skipif(
        os.geteuid() != 0 or os.uname().sysname != "Linux", reason="mount namespaces need root on Linux"
    ),
]


@dataclass(frozen=True)
class Image:
    """An unpacked image with its configuration; every run gets a writable copy on top, unless it is read-only."""

    rootfs: Path
    config: Mapping[str, Any]

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the image itself."""
        return dict(line.split("=", 1) for line in self.config["Env"])


@dataclass(frozen=True)
class Run:
    """As the options of `docker run`."""

    volumes: Mapping[str, Path] = field(default_factory=dict)  # place in the container -> folder; ":ro" at the end
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None  # "uid:gid", for --user
    read_only: bool = False
    capabilities: Sequence[str] | None = None  # None: as an engine gives by default; else --cap-drop ALL --cap-add ...
    no_new_privileges: bool = False

    def script(self, image: Image, scratch: Path, arguments: Sequence[str]) -> str:
        """A shell script for a fresh mount namespace, which becomes the container's first process."""
        root = scratch / "root"
        upper, work = scratch / "upper", scratch / "work"
        for folder in (root, upper, work):
            folder.mkdir(parents=True, exist_ok=True)
        lines = [
            "set -e",
            "mount --make-rprivate /",
            f"mount -t overlay overlay -o lowerdir={image.rootfs},upperdir={upper},workdir={work} {root}",
            f"mount -t proc proc {root}/proc",
            f"mount --rbind /dev {root}/dev",
            f"mount -t tmpfs tmpfs {root}/tmp",
            f"mount --bind {self._state(scratch)} {root}/state",
        ]
        for place, folder in self.volumes.items():
            target = f"{root}{place.removesuffix(':ro')}"
            lines += [f"mkdir -p {target}", f"mount --bind {folder} {target}"]
            lines += [f"mount -o remount,bind,ro {target}"] if place.endswith(":ro") else []
        lines += [f"mount -o remount,ro {root}"] if self.read_only else []
        variables = " ".join(f"'{name}={value}'" for name, value in self._variables(image).items())
        words = " ".join(f"'{word}'" for word in (*image.config["Entrypoint"], *arguments))
        inside = f"cd /app && exec setpriv {self._rights()} -- env -i {variables} {words}"
        lines.append(f"exec chroot {root} sh -c {json.dumps(inside)}")
        return "\n".join(lines)

    def _state(self, scratch: Path) -> Path:
        """A volume is made from what the image has there: writable for everybody."""
        state = scratch / "state"
        state.mkdir(exist_ok=True)
        os.chmod(state, 0o1777)
        return state

    def _variables(self, image: Image) -> dict[str, str]:
        return image.environment | dict(self.environment)

    def _rights(self) -> str:
        rights = []
        if self.capabilities is not None:
            rights.append(f"--bounding-set=-all{''.join(f',+{name}' for name in self.capabilities)}")
        if self.user is not None:
            uid, gid = self.user.split(":")
            rights += [f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--inh-caps=-all"]
        if self.no_new_privileges:
            rights.append("--no-new-privs")
        return " ".join(rights)


def run(image: Image, scratch: Path, options: Run, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run to the end."""
    return subprocess.run(
        command(image, scratch, options, *arguments), capture_output=True, text=True, timeout=300, check=False
    )


def command(image: Image, scratch: Path, options: Run, *arguments: str) -> list[str]:
    """The words that start the container."""
    return [
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "sh",
        "-c",
        options.script(image, scratch, arguments),
    ]


class DaemonContainer:
    """A container that runs the image's own command."""

    def __init__(self, image: Image, scratch: Path, options: Run, port: int) -> None:
        self.image, self.options, self.port = image, options, port
        self.log = scratch.with_suffix(".log")
        with open(self.log, "wb") as out:
            words = command(image, scratch, options, *image.config["Cmd"])
            self.process = subprocess.Popen(words, stdout=out, stderr=out)

    def metric(self, name: str, **labels: str) -> float:
        text = fetched(self.port, "/metrics")[1].decode()
        return samples(text).get((name, frozenset(labels.items())), 0.0)

    def has_run(self) -> bool:
        """Whether a run was finished."""
        return self.metric("py_image_dedup_runs_total", result="finished") >= 1

    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")

    @property
    def first(self) -> int:
        """The container's first process, by its number out here."""
        (pid,) = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(pid)

    def health_check(self) -> subprocess.CompletedProcess[str]:
        """The image's own, beside the daemon, as an engine starts it."""
        variables = [f"{k}={v}" for k, v in (self.image.environment | dict(self.options.environment)).items()]
        words = self.image.config["Healthcheck"]["Test"][1:]
        inside = ["nsenter", "--target", str(self.first), "--mount", "--pid", "--root", "--wd", "--", "env", "-i"]
        return subprocess.run([*inside, *variables, *words], capture_output=True, text=True, timeout=30, check=False)

    def stop(self) -> float:
        """SIGTERM to the first process, as an engine sends it; how long the end took."""
        started_s = time.monotonic()
        os.kill(self.first, signal.SIGTERM)
        self.process.wait(30)
        return time.monotonic() - started_s


@contextmanager
def daemon_container(image: Image, scratch: Path, options: Run, port: int) -> Iterator[DaemonContainer]:
    """Killed at the end, where it was not stopped."""
    container = DaemonContainer(image, scratch, options, port)
    try:
        yield container
    finally:
        if container.process.poll() is None:
            os.kill(container.first, signal.SIGKILL)  # with it goes its process namespace; it outlives its parent
        container.process.wait()


def built_image(place: Path) -> Image:
    """The image of this tree, built in `place` by the first test process that asks for it; the others wait."""
    place.mkdir(exist_ok=True)
    config = place / "config.json"
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not config.exists():
            config.write_text(json.dumps(_build(place)))
    return Image(place / "rootfs", json.loads(config.read_text()))


def _build(place: Path) -> Any:
    """Its configuration; needs only Debian's and Python's packages, taken beforehand."""
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    assert missing == [], f"apt install {' '.join(missing)}"
    done("debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, place / "base", mirror())
    wheels(place / "wheels")
    (place / "pip.conf").write_text("[global]\nno-index = true\nfind-links = /wheels\n")
    buildah = Buildah(place)
    base = buildah("from", "scratch")
    buildah("add", base, place / "base", "/")
    buildah("commit", "--rm", base, "localhost/debian")
    buildah(
        *("build", "--isolation", "chroot", "--format", "docker", "--layers=false", "--tag", "localhost/image"),
        *("--build-arg", "BASE=localhost/debian", "--volume", f"{place}/wheels:/wheels:ro"),
        *("--volume", f"{place}/pip.conf:/etc/pip.conf:ro", ROOT),
    )
    container = buildah("from", "--pull-never", "localhost/image")
    config = json.loads(buildah("inspect", "--type", "image", "localhost/image"))["Docker"]["config"]
    done("cp", "-a", buildah("mount", container), place / "rootfs")
    buildah("umount", container)
    # A mount of its own where buildah has not taken it away: it would keep the folder busy.
    subprocess.run(["umount", "--lazy", place / "storage" / "overlay"], stderr=subprocess.DEVNULL, check=False)
    return config


@dataclass(frozen=True)
class Buildah:
    place: Path

    def __call__(self, *arguments: object) -> str:
        storage = ("--root", self.place / "storage", "--runroot", self.place / "run", "--storage-driver", "overlay")
        printed = done("buildah", *storage, *arguments)
        return printed if arguments[0] == "inspect" else printed.strip().split("\n")[-1]


def own(root: Path, uid: int) -> None:
    """Give a folder and all that is in it to a user and his group."""
    for path in (root, *root.rglob("*")):
        os.chown(path, uid, uid)


def done(*words: object) -> str:
    """What a program printed that must succeed."""
    ended = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, (words, ended.stdout[-2000:], ended.stderr[-4000:])
    return ended.stdout


def mirror() -> str:
    """Where this machine takes Debian's packages from, which are beside the packages of others perhaps."""
    files = sorted(Path("/etc/apt").rglob("*.sources")) + sorted(Path("/etc/apt").rglob("*.list"))
    lines = [line.split() for path in files for line in path.read_text().splitlines()]
    places = [word for words in lines if words and words[0] in {"URIs:", "deb"} for word in words[1:] if "://" in word]
    return next((place for place in places if place.rstrip("/").endswith("/debian")), "http://deb.debian.org/debian")


def wheels(folder: Path) -> None:
    """The dependencies as an image takes them: for the Python of the base, wheels only."""
    done(
        *(sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:", "--python-version", "3.11"),
        *("--constraint", ROOT / "requirements-test.lock", "--dest", folder, "setuptools>=77", *dependencies()),
    )


def dependencies() -> list[str]:
    """What the image installs: the runtime dependencies and the extras that the Dockerfile names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (extras,) = re.findall(r'^ARG EXTRAS="(.*)"$', (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    chosen = [part for extra in extras.split(",") for part in project["optional-dependencies"][extra]]
    return [*project["dependencies"], *chosen]
