"""Options that several commands share."""

import sys
from collections.abc import Callable
from typing import Any

import click

Decorated = Callable[..., Any]


class UnaskedPath(click.Path):
    """A path that the shell completes and click leaves alone: its `stat` on a dead share would never come back."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ARG002
        """As it was written."""
        return value


paths = click.argument("paths", metavar="[PATH]...", nargs=-1, type=UnaskedPath())
state = click.option("--state", metavar="DIR", help="Folder of index and journal (PY_IMAGE_DEDUP_STATE_DIRECTORY).")
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
yes = click.option("--yes", is_flag=True, help="Act however many files it is (deduplication.max_files, max_share).")


def without_caps(*, yes: bool) -> dict[str, object]:
    """The settings that `--yes` stands for."""
    return {"deduplication.max_files": sys.maxsize, "deduplication.max_share": 1.0} if yes else {}
