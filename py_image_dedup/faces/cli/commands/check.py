"""`check`: journal, quarantines, disk and index beside each other."""

import json
from dataclasses import asdict

import click

from py_image_dedup.faces.cli import options
from py_image_dedup.faces.cli.session import FINISHED, FINISHED_WITH_FAILURES, session


@click.command(short_help="Compare journal, quarantines, disk and index; name each difference.")
@options.paths
@click.option("--read", is_flag=True, help="Read every file that was put aside, to compare its content.")
@click.option("--repair", is_flag=True, help="Mend journal, records and index; photographs are never touched.")
@options.state
@options.as_json
def check(paths: tuple[str, ...], state: str | None, *, read: bool, repair: bool, as_json: bool) -> int:
    """Compare what the journal says with the quarantines, the disk and the index, and name each difference.

    PATH... stands for the source directories of the configuration. Ends with 0 where all agree, with 3 where a
    difference is left. What --repair cannot mend is for a person to look at: it would take a photograph.
    """
    from py_image_dedup.reports.names import counted, printable

    with session(paths, {"state.directory": state}, as_json=as_json, needs_paths=False) as at_work:
        report = at_work.deduplicator.check(read=read, repair=repair)
    if as_json:
        rows = [asdict(d) | {"fault": d.fault.value, "can_be_mended": d.can_be_mended} for d in report.differences]
        click.echo(json.dumps({"differences": rows, "mended": report.mended}, indent=1))
    else:
        for sentence in report.mended:
            click.echo(f"mended: {printable(sentence)}")
        for one in report.differences:
            click.echo(f"{one.fault.value}: {printable(one.path)}: {printable(one.sentence)}")
        click.echo(counted(len(report.differences), "difference"))
        if not repair and any(one.can_be_mended for one in report.differences):
            click.echo("`check --repair` mends what concerns the program's own records alone.")
    return FINISHED_WITH_FAILURES if report.differences else FINISHED
