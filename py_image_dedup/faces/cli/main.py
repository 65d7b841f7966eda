"""The group of commands, and the one place where an error becomes a sentence and an exit status.

Command modules import nothing heavy at their top: `--help` and completion answer in less than 0.3 s.
"""

import gc
import os
import sys
from importlib import import_module

import click

from py_image_dedup import __version__
from py_image_dedup.model.errors import DedupError

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
COMMANDS = {
    "analyse": "analyse:analyse",
    "analyze": "analyse:analyse",
    "apply": "apply:apply",
    "backup": "backup:backup",
    "check": "check:check",
    "compare": "compare:compare",
    "config": "config:config",
    "copy-out": "copy_out:copy_out",
    "daemon": "daemon:daemon",
    "deduplicate": "deduplicate:deduplicate",
    "demo": "demo:demo",
    "doctor": "doctor:doctor",
    "export": "export:export",
    "find": "find:find",
    "import": "export:import_",
    "join": "join:join",
    "migrate": "migrate:migrate",
    "purge": "purge:purge",
    "selftest": "selftest:selftest",
    "status": "status:status",
    "undo": "undo:undo",
    "verdict": "verdict:verdict",
    "verdicts": "verdict:verdicts",
}
ALIASES = {"analyze"}
# Starting makes objects that stay; looking for garbage among them as often as Python does takes 20 ms of 300.
GARBAGE_THRESHOLD = 20_000
# Products of matrices here are small: threads that wait for the next one took 9 of 66 ms of processor time a picture.
THREADS_OF_PRODUCTS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class Commands(click.Group):
    """Commands imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 click's signature
        """Every name but the aliases, in alphabetical order."""
        return sorted(COMMANDS.keys() - ALIASES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 click's signature
        """The command of this name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command = getattr(import_module(f"py_image_dedup.faces.cli.commands.{module}"), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Commands, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="py-image-dedup")
def cli() -> None:
    """Finds duplicate pictures, says how each is a copy, and puts the copies aside so that they can be brought back.

    \b
    Look first:    py-image-dedup deduplicate --dry-run ~/Pictures
    Then act:      py-image-dedup deduplicate --no-dry-run ~/Pictures
    Take it back:  py-image-dedup undo RUN
    """


def main() -> None:
    """Run the command line and leave with its exit status."""
    gc.set_threshold(GARBAGE_THRESHOLD)
    for name in THREADS_OF_PRODUCTS:
        os.environ.setdefault(name, "1")
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; its exit status. Foreseen errors are one sentence on stderr."""
    try:
        result = cli.main(arguments, prog_name="py-image-dedup", standalone_mode=False)
    except click.exceptions.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except DedupError as error:
        click.echo(f"py-image-dedup: {error}", err=True)
        return error.exit_status
    return result if isinstance(result, int) else 0
