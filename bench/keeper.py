"""In how many groups of a labelled set the untouched original stays, with the shipped rules.

    python -m bench.keeper SET        # made by make_set.py: SET/images, SET/truth.json

Prints the share, and for the groups where another file stays its kind and the rule that decided. A group counts where a
copy of the original was related to it; the original has lost where it is not the keeper, acted on or not.
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

UNTOUCHED = {"original", "same-file"}


def report_of(images: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as state:
        command = [sys.executable, "-m", "py_image_dedup", "deduplicate", "--json", "--state", state, str(images)]
        return dict(json.loads(subprocess.run(command, check=False, stdout=subprocess.PIPE).stdout))


def main(folder: Path) -> None:
    images, truth = folder / "images", json.loads((folder / "truth.json").read_text("utf-8"))
    kinds = {str(images / path): kind for path, kind in truth["kind"].items()}
    stays, losers = 0, Counter[tuple[str, str]]()
    for group in report_of(images)["groups"]:
        members = {member["path"]: member for member in group["members"]}
        originals = [path for path in members if kinds[path] in UNTOUCHED]
        if not originals or len(members) == len(originals):
            continue
        if kinds[group["keeper"]] in UNTOUCHED:
            stays += 1
        else:
            losers[kinds[group["keeper"]], str(members[originals[0]]["rule"])] += 1
    groups = stays + sum(losers.values())
    print(f"the untouched original stays in {stays} of {groups} groups: {stays / max(1, groups):.1%}")
    for (kind, rule), count in losers.most_common():
        print(f"{count:6} {kind} stays by {rule}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
