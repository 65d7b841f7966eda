"""Whatever holds the index, the plan is the same, byte for byte."""

import re
import sqlite3
import subprocess
import sys
import uuid
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from tests.house.house import ROOT
from tests.support.look_alikes import photograph
from tests.support.search_fixtures import Address


def start(folder: Path, *words: str, **environment: str) -> str:
    """A command in a process of its own, as a user starts it; gives what it said of trouble."""
    return run(folder, ["-m", "py_image_dedup", *words], **environment)


def run(folder: Path, words: list[str], **environment: str) -> str:
    return subprocess.run(
        [sys.executable, *words],
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONPATH": str(ROOT), **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    ).stderr


def plan_of(folder: Path, name: str, **environment: str) -> bytes:
    plan = folder / name / "plan.json"
    words = ["deduplicate", "--dry-run", "--state", str(folder / name), "--plan", str(plan), str(folder / "library")]
    said = start(folder, *words, **environment)
    assert plan.exists(), said
    return plan.read_bytes()


def test_the_plan_is_the_same_as_from_the_embedded_index(tmp_path: Path, address_of: Address) -> None:
    start(tmp_path, "demo", str(tmp_path / "library"))
    for name in ("sqlite", "server"):
        (tmp_path / name).mkdir()
    server = {
        "PY_IMAGE_DEDUP_ELASTICSEARCH_HOST": address_of("elasticsearch8"),
        "PY_IMAGE_DEDUP_ELASTICSEARCH_INDEX": f"plan-{uuid.uuid4().hex}",
    }

    embedded = plan_of(tmp_path, "sqlite")
    first = plan_of(tmp_path, "server", **server)
    again = plan_of(tmp_path, "server", **server)

    assert embedded == first == again
    assert embedded.count(b'"verb": "remove"') > 0


def test_with_signatures_the_plan_is_the_same_wherever_the_search_is(tmp_path: Path, address_of: Address) -> None:
    """Their bound is so wide that pairs are compared which no hash names; most are then told apart."""
    start(tmp_path, "demo", str(tmp_path / "library"))
    settings = {"PY_IMAGE_DEDUP_ANALYSIS_SIGNATURES": "true", "PY_IMAGE_DEDUP_ELASTICSEARCH_MAX_DISTANCE": "0.7"}
    server = {
        "PY_IMAGE_DEDUP_ELASTICSEARCH_HOST": address_of("elasticsearch8"),
        "PY_IMAGE_DEDUP_ELASTICSEARCH_INDEX": f"plan-{uuid.uuid4().hex}",
    }
    words = ["deduplicate", "--dry-run", "--state"]
    plans, compared = [], []
    for name, program, more in (
        ("sqlite", ["-m", "py_image_dedup"], {}),
        ("server", ["-c", ASK_THE_SERVER], server),
    ):
        plan, state = tmp_path / f"{name}.json", tmp_path / name
        state.mkdir()
        run(
            tmp_path, [*program, *words, str(state), "--plan", str(plan), str(tmp_path / "library")], **settings, **more
        )
        plans.append(plan.read_bytes())
        compared.append(pairs_compared(state / ("index.sqlite" if name == "sqlite" else "contents.sqlite")))

    assert plans[0] == plans[1]
    assert compared[0] == compared[1]
    assert plans[0].count(b'"verb": "remove"') > 0


def test_with_edited_copies_the_plan_is_the_same_where_the_server_searches_by_words(
    tmp_path: Path, address_of: Address
) -> None:
    """Crops of drawn pictures, which no hash finds: their words do, the same on both sides."""
    library = tmp_path / "library"
    library.mkdir()
    for number in range(8):
        picture = photograph(number)
        picture.save(library / f"{number}.jpg", quality=92)
        part = picture if number % 2 else picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        part.crop((60, 40, 560, 420)).save(library / f"{number} crop.jpg", quality=85)
    (library / "0 again.jpg").write_bytes((library / "0.jpg").read_bytes())
    settings = {"PY_IMAGE_DEDUP_DEDUPLICATION_REMOVE": "edited"}
    server = {
        "PY_IMAGE_DEDUP_ELASTICSEARCH_HOST": address_of("elasticsearch9"),
        "PY_IMAGE_DEDUP_ELASTICSEARCH_INDEX": f"plan-{uuid.uuid4().hex}",
    }
    plans, compared, said = [], [], ""
    for name, program, more in (
        ("sqlite", ["-m", "py_image_dedup"], {}),
        ("server", ["-c", ASK_THE_SERVER], server),
    ):
        plan, state = tmp_path / f"{name}.json", tmp_path / name
        state.mkdir()
        words = ["deduplicate", "--dry-run", "--state", str(state), "--plan", str(plan), str(library)]
        said = run(tmp_path, [*program, *words], **settings, **more)
        assert plan.exists(), said
        plans.append(plan.read_bytes())
        compared.append(pairs_compared(state / ("index.sqlite" if name == "sqlite" else "contents.sqlite")))

    assert int(said.split("words ")[1].split()[0]) > 20
    assert plans[0] == plans[1]
    assert compared[0] == compared[1]
    assert plans[0].count(b'"edited"') >= 5


@pytest.mark.nightly
@pytest.mark.timeout(5 * 3600)
def test_the_labelled_set_has_one_plan_wherever_the_index_and_the_search_are() -> None:
    """300 photographs with six copies each; the bench compares the three plans byte for byte."""
    ended = subprocess.run(
        [sys.executable, "-m", "bench.same_plan", "--originals", "300"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    removals = [int(found) for found in re.findall(r"bytes, (\d+) removals", ended.stdout)]

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert len(removals) == 3
    assert min(removals) > 600


def pairs_compared(database: Path) -> list[tuple[bytes, bytes]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT left_content, right_content FROM comparisons ORDER BY 1, 2").fetchall()


ASK_THE_SERVER = (
    "from py_image_dedup.stores.search_server import candidates as c; c.LEAST_PICTURES, c.MOST_NEW_SHARE = 0, 1.0;"
    "asked = []; near = c.ServerCandidates._near;"
    "c.ServerCandidates._near = lambda self, records: asked.extend(records) or near(self, records);"
    "from py_image_dedup.stores.search_server import words_where_it_pays as w, feature_words as f;"
    "w.LEAST_PICTURES, w.MOST_NEW_SHARE = 0, 1.0;"
    "words = []; best = f.ServerWordSearch._best;"
    "f.ServerWordSearch._best = lambda self, *a: words.append(a) or best(self, *a);"
    "from py_image_dedup.faces.cli.main import main; import atexit;"
    "atexit.register(lambda: print('words', len(words), 'asked', len(asked), file=sys.stderr)); import sys; main()"
)


def test_the_plan_is_the_same_where_the_server_searches(tmp_path: Path, address_of: Address) -> None:
    start(tmp_path, "demo", str(tmp_path / "library"))
    plans, said = [], ""
    for name, program in (("sqlite", ["-m", "py_image_dedup"]), ("server", ["-c", ASK_THE_SERVER])):
        (tmp_path / name).mkdir()
        words = [
            "--state",
            str(tmp_path / name),
            "--plan",
            str(tmp_path / name / "plan.json"),
            str(tmp_path / "library"),
        ]
        server = {
            "PY_IMAGE_DEDUP_ELASTICSEARCH_HOST": address_of("elasticsearch8"),
            "PY_IMAGE_DEDUP_ELASTICSEARCH_INDEX": f"plan-{uuid.uuid4().hex}",
        }
        said = run(tmp_path, [*program, "deduplicate", "--dry-run", *words], **(server if name == "server" else {}))
        plans.append((tmp_path / name / "plan.json").read_bytes())

    assert int(said.split("asked ")[1]) > 20
    assert plans[0] == plans[1]
    assert plans[0].count(b'"verb": "remove"') > 0
