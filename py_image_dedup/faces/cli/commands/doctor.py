"""`doctor`: whether a run would find its index in order."""

import json

import click

from py_image_dedup.faces.cli import options
from py_image_dedup.faces.cli.session import FINISHED, FINISHED_WITH_FAILURES

UNUSABLE = 5  # as a run would end


@click.command(short_help="Look at the index, embedded or on a server; change nothing in it.")
@options.state
@options.as_json
def doctor(state: str | None, *, as_json: bool) -> int:
    """Look at what a run stands on: state directory, index or search server (version, client, rights, mapping, shards,
    disk), and what waits to be sent.

    Ends with 0 where all is fine, with 3 where something needs attention, and with 5 where a run would fail.
    """
    from py_image_dedup.model.findings import Grade
    from py_image_dedup.settings.load import load
    from py_image_dedup.wiring.care import examine

    found = list(examine(load(overrides={"state.directory": state}, check_folders=False)))
    if as_json:
        rows = [{"question": f.question, "grade": f.grade.value, "sentence": f.sentence} for f in found]
        click.echo(json.dumps({"findings": rows}, indent=1))
    else:
        for finding in found:
            click.echo(f"{finding.grade.value:9}  {finding.question:8}  {finding.sentence}")
    grades = {finding.grade for finding in found}
    if Grade.FAILING in grades:
        return UNUSABLE
    return FINISHED_WITH_FAILURES if Grade.ATTENTION in grades else FINISHED
