"""Where the shared material lies: the folder `shared` beside the repository."""

import gzip
import json
from pathlib import Path
from typing import Any

SHARED = Path(__file__).resolve().parents[3] / "shared"


def shared_json(name: str) -> Any:
    """The content of a gzip-compressed JSON file of the shared folder."""
    return json.loads(gzip.decompress((SHARED / name).read_bytes()))
