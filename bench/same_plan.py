"""The Plan of one labelled set from the embedded index and from a search server, byte for byte:

    python -m bench.same_plan [--server elasticsearch9] [--originals 300] [--copies 6] [--kinds all] [--seed 1]

On the server twice: searched in the program, as for libraries below a million pictures, and searched by the server.
Exit status 1 where a plan differs.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.accuracy import ROOT, made_set
from py_image_dedup.settings.schema import PREFIX
from tests.support.search_server import RECIPES_BY_NAME, running

REMOVAL = b'"verb": "remove"'
# The server is asked whatever the size of the library.
ASK_THE_SERVER = (
    "import sys; from py_image_dedup.stores.search_server import candidates as c;"
    " c.LEAST_PICTURES, c.MOST_NEW_SHARE = 0, 1.0;"
    " from py_image_dedup.faces.cli.main import main; main()"
)


def plan(folder: Path, name: str, program: list[str], **settings: str) -> bytes:
    """What a dry run over the set writes down, with a state of its own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}  # as that of a night's tests
    environment = kept | {PREFIX + key: value for key, value in settings.items()}
    command = [sys.executable, *program, "deduplicate", "--dry-run", "--relations"]
    command += ["same-bytes,same-pixels,same-picture,turned,edited", "--state", str(folder / name)]
    command += ["--plan", str(folder / f"{name}.json"), str(folder / "images")]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    return (folder / f"{name}.json").read_bytes()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="elasticsearch9", choices=RECIPES_BY_NAME)
    parser.add_argument("--originals", type=int, default=300)
    parser.add_argument("--copies", type=int, default=6)
    parser.add_argument("--pairs", type=int, default=0)
    parser.add_argument("--kinds", default="all")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main() -> int:
    wanted = arguments()
    with tempfile.TemporaryDirectory() as scratch, running(wanted.server) as address:
        folder = Path(scratch)
        made_set(folder, wanted, wanted.seed)
        module = ["-m", "py_image_dedup"]
        plans = {
            "embedded": plan(folder, "embedded", module),
            "server": plan(folder, "server", module, ELASTICSEARCH_HOST=address, ELASTICSEARCH_INDEX="one"),
            "by-server": plan(
                folder, "asked", ["-c", ASK_THE_SERVER], ELASTICSEARCH_HOST=address, ELASTICSEARCH_INDEX="two"
            ),
        }
    for name, found in plans.items():
        same = found == plans["embedded"]
        print(f"{name:10} {len(found):,} bytes, {found.count(REMOVAL)} removals, the same: {same}")
    return int(len(set(plans.values())) != 1)


if __name__ == "__main__":
    sys.exit(main())
