"""`selftest`: whether a disk or share can keep the promise."""

import json

import click

from py_image_dedup.faces.cli import options
from py_image_dedup.faces.cli.session import FINISHED, FINISHED_WITH_FAILURES

REFUSED = 4


@click.command(short_help="Try out a disk or share: what it can do, and 200 kills within a minute.")
@click.argument("directory", metavar="DIR", type=click.Path())
@options.as_json
def selftest(directory: str, *, as_json: bool) -> int:
    """Try out the volume that DIR lies on: renames, links, names, times, inodes, locks, events, syncs, free space.

    Then removal is killed there 200 times (or as often as a minute has time for), recovered, looked at and undone. All
    of it happens in a new folder below DIR, which goes again. Ends with 0 where all is fine, with 3 where something
    needs attention, and with 4 where nothing should be removed.
    """
    from dataclasses import asdict

    from py_image_dedup.model.findings import Grade
    from py_image_dedup.model.plans import Way
    from py_image_dedup.wiring.run import self_tested

    report = self_tested(directory)
    if as_json:
        value = asdict(report)
        value["findings"] = [asdict(f) | {"grade": f.grade.value} for f in report.findings]
        value["ways"] = [{"way": told.way.value, "reason": told.reason} for told in report.ways]
        click.echo(json.dumps(value, indent=1))
    else:
        for finding in report.findings:
            click.echo(f"{finding.grade.value:9}  {finding.question:14}  {finding.sentence}")
        for told in report.ways:
            click.echo(f"{'refused' if told.reason else 'fine':9}  {told.way.value:14}  {told.reason or 'can be used'}")
        for sentence in report.wrong:
            click.echo(f"wrong: {sentence}")
        click.echo(f"{report.kills} kills in {report.seconds:.0f} s, {len(report.wrong)} of them ended badly")
    refused = {told.way for told in report.ways if told.reason}
    if report.wrong or Way.QUARANTINE in refused or any(f.grade is Grade.FAILING for f in report.findings):
        return REFUSED
    attention = any(f.grade is Grade.ATTENTION for f in report.findings)
    return FINISHED_WITH_FAILURES if attention else FINISHED
