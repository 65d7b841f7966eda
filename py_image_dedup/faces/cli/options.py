"""Options that several commands share."""

from collections.abc import Callable
from typing import Any

import click

Decorated = Callable[..., Any]

paths = click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path())
state = click.option("--state", metavar="DIR", help="Folder of index and journal (PY_IMAGE_DEDUP_STATE_DIRECTORY).")
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
