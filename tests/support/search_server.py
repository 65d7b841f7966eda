"""Real Elasticsearch and OpenSearch nodes for tests: fetched with Maven, started in 5 s, ended with the test session.

    python -m tests.support.search_server fetch [NAME...]     fetch what is not there yet
    python -m tests.support.search_server start NAME          start one, say its address, stop at the end of input

The servers carry their own licences: they are fetched for tests and never shipped. They lie below
`$XDG_CACHE_HOME/py-image-dedup-tests` (default ~/.cache), outside the checkout: fetched once a machine.
"""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

RECIPES = Path(__file__).resolve().parent / "search_servers"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "py-image-dedup-tests"
JAVAS = Path("/usr/lib/jvm")
START_TIMEOUT_S = 120

LOG4J = """status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%c{1.}] %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
"""

SECURITY = ("x-pack-core", "x-pack-security")  # modules that only a server with users loads: they cost 2.6 s
SECURED = {"xpack.security.enabled": "true", "xpack.security.autoconfiguration.enabled": "false"}
SECURITY_PLUGIN = "org.opensearch.security.OpenSearchSecurityPlugin"
QUICK_START = ("-Xms512m", "-Xmx512m", "-XX:TieredStopAtLevel=1")
_COMMON_OPTIONS = (
    "-XX:+UseSerialGC",
    "-Xss1m",
    "-Djava.awt.headless=true",
    "-Dfile.encoding=UTF-8",
    "-Dlog4j2.disable.jmx=true",
    "-Dlog4j.shutdownHookEnabled=false",
    "-Dio.netty.noUnsafe=true",
    "-Dio.netty.noKeySetOptimization=true",
    "-Djna.nosys=true",
)
_LUCENE = ("codecs.hnsw", "codecs.lucene99", "internal.vectorization")
_OPTIONS_OF_ELASTICSEARCH_9 = (
    "--add-modules=jdk.net,jdk.incubator.vector,jdk.management.agent,ALL-MODULE-PATH",
    "--enable-native-access=ALL-UNNAMED,org.elasticsearch.nativeaccess,org.apache.lucene.core",
    *(f"--add-opens=org.apache.lucene.core/org.apache.lucene.{part}=org.elasticsearch.server" for part in _LUCENE),
)


@dataclass(frozen=True)
class Recipe:
    """How one server is fetched and started. `java`: the least and the greatest version that runs it.

    `edition` changes with what is fetched, so that a folder fetched before is not taken for it.
    """

    name: str
    pom: str
    properties: tuple[str, ...]
    node: str
    java: tuple[int, int]
    options: tuple[str, ...] = ()
    edition: str = ""

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        return CACHE / f"{self.name}{self.edition}"

    @property
    def is_there(self) -> bool:
        """Whether it was fetched completely."""
        return (self.folder / ".complete").exists()


RECIPES_BY_NAME = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "elasticsearch8",
            "elasticsearch.xml",
            ("carrier=25.12.0.117093",),
            "ElasticsearchNode",
            (17, 20),
            ("--add-modules=jdk.net,ALL-MODULE-PATH",),
        ),
        Recipe(
            "elasticsearch9",
            "elasticsearch.xml",
            ("carrier=26.9.0.129388", f"more={','.join(['', *(f'**/modules/{name}/**' for name in SECURITY)])}"),
            "ElasticsearchNode",
            (21, 99),
            _OPTIONS_OF_ELASTICSEARCH_9,
            edition="-with-security",
        ),
        Recipe(
            "opensearch2",
            "opensearch.xml",
            ("server=2.19.6", "log4j=2.25.4", "security=2.19.4.0"),
            "OpenSearchNode",
            (17, 20),
            edition="-with-security",
        ),
        Recipe(
            "opensearch3",
            "opensearch.xml",
            ("server=3.8.0", "log4j=2.25.4"),
            "OpenSearchNode",
            (21, 99),
            ("--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"),
        ),
    )
}


def fetch(recipe: Recipe) -> None:
    """Fetch the server's files if they are not there; of several processes one fetches, the others wait."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{recipe.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if recipe.is_there:
            return
        part = CACHE / f"{recipe.name}.part"
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(recipe.folder, ignore_errors=True)
        _maven(recipe, part)
        shutil.rmtree(CACHE / "maven" / "org" / "sonarsource", ignore_errors=True)  # 0.9 GB that nothing needs again
        part.rename(recipe.folder)
        (recipe.folder / ".complete").touch()


def _maven(recipe: Recipe, into: Path) -> None:
    if shutil.which("mvn") is None:
        raise RuntimeError("Maven (mvn) is missing; install it with: apt install maven")
    properties = [f"-D{value}" for value in (*recipe.properties, f"into={into}", f"maven.repo.local={CACHE / 'maven'}")]
    subprocess.run(["mvn", "-q", "-B", "-f", str(RECIPES / recipe.pom), *properties, "generate-resources"], check=True)


def java_for(recipe: Recipe) -> str:
    """The first Java that runs the server. Raises RuntimeError that says what to install."""
    least, greatest = recipe.java
    homes = [os.environ.get("ES_JAVA_HOME"), os.environ.get("JAVA_HOME"), *map(str, sorted(JAVAS.glob("*")))]
    for home in filter(None, homes):
        if least <= _java_version(f"{home}/bin/java") <= greatest:
            return f"{home}/bin/java"
    raise RuntimeError(f"{recipe.name} needs a Java of {least} to {greatest}; there is none in JAVA_HOME or {JAVAS}")


def _java_version(java: str) -> int:
    if not os.access(java, os.X_OK):
        return 0
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0


class SearchServer:
    """One node on loopback ports of its own choice, its data below `base`."""

    def __init__(
        self, name: str, base: Path, settings: Mapping[str, str | None] = {}, options: Sequence[str] = QUICK_START
    ) -> None:
        self.recipe = RECIPES_BY_NAME[name]
        self.base, self._options = base, options
        self._settings = {**_settings(base), **settings}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Start it, again on the same port if it was stopped; gives its address once it answers."""
        for folder in ("config", "logs", "tmp"):
            (self.base / folder).mkdir(parents=True, exist_ok=True)
        (self.base / "config" / "log4j2.properties").write_text(LOG4J)
        (self.base / "logs" / "http.ports").unlink(missing_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(), stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, cwd=self.base
            )
        address = self._wait()
        self._settings["http.port"] = address.rsplit(":", 1)[1]
        return address

    def stop(self, signal_: int = signal.SIGKILL) -> None:
        """End it; by default without warning, as nobody needs the data of a test."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.send_signal(signal_)
        self._process.wait(30)
        self._process.stdin.close()
        self._process = None

    def processor_seconds(self) -> float:
        """Processor time of the server so far: a measure that does not depend on what else the machine does."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def _log(self) -> Path:
        return self.base / "stdout.log"

    def _command(self) -> Sequence[str]:
        recipe = self.recipe
        fetch(recipe)
        if recipe.node == "OpenSearchNode":
            home, jars = self.base, self._jars_of_opensearch()
        else:
            home = self._home(next(recipe.folder.glob("*/elasticsearch")))
            jars = [f"-Des.path.home={home}", "-p", f"{home}/lib"]
        temporary = [f"-Djava.io.tmpdir={self.base}/tmp", f"-Djna.tmpdir={self.base}/tmp"]
        program = [str(RECIPES / f"{recipe.node}.java"), str(self.base / "config")]
        settings = {**self._settings, "path.home": str(home)}
        values = [f"{key}={value}" for key, value in settings.items() if value is not None]
        return [
            java_for(recipe),
            *self._options,
            *_COMMON_OPTIONS,
            *temporary,
            *jars,
            *recipe.options,
            *program,
            *values,
        ]

    def _jars_of_opensearch(self) -> Sequence[str]:
        folder = self.recipe.folder
        if "plugins.security.nodes_dn.0" not in self._settings:
            return ["-cp", f"{folder}/lib/*"]
        return [f"-Dtests.more={SECURITY_PLUGIN}", "-cp", f"{folder}/lib/*{os.pathsep}{folder}/security/*"]

    def _home(self, fetched: Path) -> Path:
        """What was fetched, without the modules that this server does not need."""
        home, secured = self.base / "home", self._settings.get("xpack.security.enabled") == "true"
        if not home.exists():
            (home / "modules").mkdir(parents=True)
            (home / "lib").symlink_to(fetched / "lib")
            for module in (fetched / "modules").iterdir():
                if secured or module.name not in SECURITY:
                    (home / "modules" / module.name).symlink_to(module)
        return home

    def _wait(self) -> str:
        assert self._process is not None
        ports, end = self.base / "logs" / "http.ports", time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < end and self._process.poll() is None:
            if ports.exists() and (lines := ports.read_text().split()):
                address = f"http://{lines[0]}"
                if _answers(address):
                    return address
            time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"{self.recipe.name} did not start:\n{self._log.read_text(errors='replace')[-4000:]}")


def _settings(base: Path) -> dict[str, str | None]:
    return {
        "path.data": f"{base}/data",
        "path.logs": f"{base}/logs",
        "path.repo": f"{base}/snapshots",
        "cluster.name": "tests",
        "node.name": "node",
        "network.host": "127.0.0.1",
        "http.port": "0",
        "transport.port": "0",
        "node.portsfile": "true",
        "discovery.type": "single-node",
        "action.auto_create_index": "false",
        "cluster.routing.allocation.disk.threshold_enabled": "false",
    }


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_cluster/health?wait_for_status=yellow&timeout=5s", timeout=10) as got:
            return bool(got.status == 200)
    except urllib.error.HTTPError as error:
        return error.code == 401
    except OSError:
        return False


@contextmanager
def running(name: str, options: Sequence[str] = QUICK_START, **settings: str | None) -> Iterator[str]:
    """The address of a server of this kind, which ends with the block and leaves nothing."""
    with tempfile.TemporaryDirectory(prefix="search-", ignore_cleanup_errors=True) as base:
        server = SearchServer(name, Path(base), settings, options)
        try:
            yield server.start()
        finally:
            server.stop()


def main(command: str, *names: str) -> None:
    """Fetch servers, or start one."""
    if command == "fetch":
        for name in names or RECIPES_BY_NAME:
            fetch(RECIPES_BY_NAME[name])
        return
    with running(*names) as address:
        print(address, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
