"""`find`: do I have this already?"""

import json
import os
import sys

import click

from py_image_dedup.faces.cli import options
from py_image_dedup.faces.cli.session import FINISHED, FINISHED_WITH_FAILURES, session
from py_image_dedup.model.errors import SettingsError
from py_image_dedup.model.matches import REMOVABLE, Relation
from py_image_dedup.model.questions import FindReport, Presence, Wanted

# 1 to 9 are errors of every command; grep's 1 would look like one.
NOT_ALL_FOUND = 10
DEFAULT_RELATIONS = ",".join(r.value for r in REMOVABLE if r is not Relation.EDITED)


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())
@click.option(
    "--library", metavar="DIR", multiple=True, type=click.Path(), help="Ask only below DIR (repeatable), as indexed."
)
@click.option(
    "--relations",
    metavar="LIST",
    default=DEFAULT_RELATIONS,
    show_default=True,
    help="Relations by which a file counts as being in the library.",
)
@click.option("--smaller", is_flag=True, help="A copy with fewer pixels counts as well.")
@click.option("--list-new", is_flag=True, help="Print only the paths that are not in the library, one a line.")
@click.option("-0", "--null", "null", is_flag=True, help="With --list-new: end each path with a NUL byte.")
@options.state
@options.as_json
def find(
    files: tuple[str, ...],
    library: tuple[str, ...],
    relations: str,
    state: str | None,
    *,
    smaller: bool,
    list_new: bool,
    null: bool,
    as_json: bool,
) -> int:
    """Say which files (all pictures, for a folder) are in the library already, near copies included.

    The library is what `analyse` and `deduplicate` have read: below the source directories of the configuration, or
    everything in the index. What is asked for is not added to it, and is never its own answer.

    Ends with 0 where every file is in the library, with 10 where at least one is not, and with 3 where a file could not
    be read.
    """
    if as_json and list_new:
        raise click.UsageError("--json and --list-new exclude each other.")
    wanted = Wanted(_relations(relations), smaller=smaller)
    with session(library, {"state.directory": state}, as_json=True, needs_paths=False) as at_work:
        report = at_work.deduplicator.find(files, wanted)
    if list_new:
        _list_new(report, b"\0" if null else b"\n")
    else:
        _tell(report, as_json=as_json)
    if report.has_failures:
        return FINISHED_WITH_FAILURES
    return FINISHED if report.all_found else NOT_ALL_FOUND


def _relations(listed: str) -> frozenset[Relation]:
    from py_image_dedup.settings.lists import relations

    try:
        return frozenset(relations(listed))
    except ValueError as error:
        raise SettingsError([f"Invalid value for --relations: {error}"]) from None


def _list_new(report: FindReport, end: bytes) -> None:
    """Exact bytes of each path: names that are not UTF-8 reach the next program whole."""
    for finding in report.findings:
        if finding.presence is not Presence.FOUND:
            sys.stdout.buffer.write(os.fsencode(finding.file.path) + end)
    sys.stdout.buffer.flush()
    _tell_trouble(report)


def _tell_trouble(report: FindReport) -> None:
    from py_image_dedup.reports.names import printable

    troubles = [*((u.file.path, u.reason) for u in report.unreadable), *report.not_walked]
    for path, reason in troubles:
        click.echo(f"{printable(path)}: {printable(reason)}", err=True)


def _tell(report: FindReport, *, as_json: bool) -> None:
    from py_image_dedup.reports.found import find_lines, find_values

    for line in [json.dumps(find_values(report), indent=1)] if as_json else find_lines(report):
        click.echo(line)
