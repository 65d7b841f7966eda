"""`deduplicate`: the six phases."""

import click

from py_image_dedup.faces.cli import options
from py_image_dedup.faces.cli.session import session, write_plan


@click.command(short_help="Find duplicates, show them, put the copies aside.")
@options.paths
@click.option("-dr", "--dry-run", "dry_run", is_flag=True, help="Only show what would be done; always wins.")
@click.option("--no-dry-run", "no_dry_run", is_flag=True, help="Act, whatever the configuration says.")
@click.option("-sap", "--skip-analyse-phase", "skip_analysis", is_flag=True, help="Take the index as it is.")
@click.option("--relations", metavar="LIST", help="Relations that are acted on, instead of `deduplication.remove`.")
@click.option(
    "--way", metavar="WAY", help="quarantine, target, trash, hardlink, reflink or symlink (`deduplication.way`)."
)
@click.option("--plan", "plan_file", metavar="FILE", type=click.Path(), help="Write the plan to FILE, for `apply`.")
@click.option("--again", is_flag=True, help="Put aside also what `undo` brought back; without it that stays.")
@options.yes
@options.state
@options.as_json
def deduplicate(
    paths: tuple[str, ...],
    state: str | None,
    relations: str | None,
    way: str | None,
    plan_file: str | None,
    *,
    dry_run: bool,
    no_dry_run: bool,
    skip_analysis: bool,
    again: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Find duplicates, show them, and put the copies aside if this is no dry run.

    PATH... stands for the source directories of the configuration. As shipped every run is a dry run; --no-dry-run
    acts, --dry-run always wins.
    """
    wanted = True if dry_run else False if no_dry_run else None
    overrides: dict[str, object] = {"state.directory": state, "deduplication.remove": relations, "dry_run": wanted}
    overrides["deduplication.way"] = way
    overrides |= options.without_caps(yes=yes)
    with session(paths, overrides, as_json=as_json, again=again) as at_work:
        report = at_work.deduplicator.deduplicate(act=at_work.may_act(), skip_analysis=skip_analysis)
        if plan_file is not None and report.plan is not None:
            write_plan(report.plan, plan_file)
        return at_work.tell(report)
