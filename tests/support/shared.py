"""Where the shared material lies: the folder `shared` beside the repository."""

from pathlib import Path

SHARED = Path(__file__).resolve().parents[3] / "shared"
