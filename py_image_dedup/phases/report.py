"""What a run says of itself, put together from what its phases gave."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from py_image_dedup.model.files import Walk
from py_image_dedup.model.outcomes import FolderOutcome, Outcome, RunReport, Status
from py_image_dedup.phases.analyse import Analysis
from py_image_dedup.phases.roots import Parting, Roots


def troubles(roots: Roots) -> tuple[str, ...]:
    """What a run that looks only says of roots with which a real run would not act."""
    return tuple(f"{trouble.sentence} A real run would refuse to act." for trouble in roots.troubles)


def held(parting: Parting) -> tuple[str, ...]:
    """What a run says of files that are missing at once."""
    sentence = (
        f"{len(parting.held):,} known files are missing at once; they are forgotten if the next run misses them too."
    )
    return (sentence,) if parting.held else ()


def removed(report: RunReport) -> Iterator[str]:
    """Paths whose record stays, for `undo`, although this run took the file away."""
    return (outcome.removal.victim.file.path for outcome in report.outcomes if outcome.status is Status.DONE)


def looked_at(report: RunReport, walked: Walk, analysis: Analysis) -> RunReport:
    """The report with what phases 2 and 3 saw."""
    counts = replace(
        report.counts,
        files=len(walked.files),
        analysed=analysis.analysed,
        unchanged=analysis.unchanged,
        unreadable=len(analysis.unreadable),
        passed_over=len(walked.passed_over),
    )
    missing = f"{analysis.missing} files are not in the index yet and were left out; run without --skip-analyse-phase."
    waiting = (
        f"{analysis.waiting:,} pictures were not read: the signature that an earlier version left is near to no other."
        " `py-image-dedup analyse` reads them, so that turned copies are found too."
    )
    notes = [note for note, count in ((missing, analysis.missing), (waiting, analysis.waiting)) if count]
    return replace(
        report,
        counts=counts,
        unreadable=analysis.unreadable,
        passed_over=walked.passed_over,
        not_walked=walked.not_walked,
        notes=(*report.notes, *notes),
    )


def acted(report: RunReport, outcomes: Sequence[Outcome], folders: Sequence[FolderOutcome]) -> RunReport:
    """The report with what phases 5 and 6 did."""
    assert report.plan is not None
    done = [outcome for outcome in outcomes if outcome.status is Status.DONE]
    counts = replace(
        report.counts,
        groups=len(report.plan.groups),
        removed=len(done),
        removed_bytes=sum(outcome.removal.victim.file.size for outcome in done),
        refused=sum(outcome.status is Status.REFUSED for outcome in outcomes),
        failed=sum(outcome.status is Status.FAILED for outcome in outcomes),
        folders_removed=sum(folder.status is Status.DONE for folder in folders),
    )
    return replace(report, counts=counts, outcomes=tuple(outcomes), folders=tuple(folders))
