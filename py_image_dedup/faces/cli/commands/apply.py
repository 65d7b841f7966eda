"""`apply`: carry out a plan that was written to a file."""

import click

from py_image_dedup.faces.cli import options
from py_image_dedup.faces.cli.session import read_plan, session


@click.command(short_help="Carry out a plan from a file.")
@click.argument("plan_file", metavar="PLAN", type=click.Path())
@options.yes
@options.state
@options.as_json
def apply(plan_file: str, state: str | None, *, yes: bool, as_json: bool) -> int:
    """Carry out the plan in the file PLAN, made by `deduplicate --plan PLAN` or `--json`.

    Entries may have been taken out of it. Every file is verified again before anything happens to it.
    """
    plan = read_plan(plan_file)
    overrides = {"state.directory": state} | options.without_caps(yes=yes)
    with session(plan.roots, overrides, as_json=as_json) as at_work:
        return at_work.tell(at_work.deduplicator.apply(plan))
