"""The project speaks of itself alone."""

import re
import subprocess

from tests.house.house import ROOT

FORBIDDEN = re.compile(r"/work/|\bTODO\b|\bFIXME\b|\bXXX\b|https?://[^\s]*(pypi\.org|pythonhosted)|\bissue #?\d")
TEXT = {".py", ".md", ".toml", ".yml", ".yaml", ".sh", ".json", ".cfg", ""}


def test_no_file_speaks_of_a_machine_or_of_unfinished_work() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    texts = (ROOT / name for name in listed if name and name != "tests/house/test_words.py")
    found = [
        f"{path.relative_to(ROOT)}:{n}: {line.strip()[:100]}"
        for path in texts
        if path.suffix in TEXT and path.is_file()
        for n, line in enumerate(path.read_text("utf-8", errors="replace").split("\n"), 1)
        if FORBIDDEN.search(line)
    ]

    assert found == []
