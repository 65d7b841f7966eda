"""What a run found and did, in the few numbers that a person is told. No paths: a webhook leaves the house."""

import json
import socket
from dataclasses import asdict, dataclass, replace

from py_image_dedup import __version__
from py_image_dedup.model.outcomes import RunReport
from py_image_dedup.reports.summary import relation_totals


@dataclass(frozen=True, slots=True)
class Found:
    """Copies of one relation."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Digest:
    """One or more runs. What was found is as the last one saw it; what was done is added up."""

    run: str  # id of the last one, for `undo`
    plan: str
    runs: int
    dry_run: bool
    groups: int
    found: dict[str, Found]
    put_aside: int
    put_aside_bytes: int
    refused: int
    failed: int

    def then(self, later: "Digest") -> "Digest":
        """Both told together."""
        return replace(
            later,
            runs=self.runs + later.runs,
            put_aside=self.put_aside + later.put_aside,
            put_aside_bytes=self.put_aside_bytes + later.put_aside_bytes,
            refused=self.refused + later.refused,
            failed=self.failed + later.failed,
        )

    def to_json(self) -> str:
        """One object; `text` is what chat programs show."""
        head = {"program": "py-image-dedup", "version": __version__, "host": socket.gethostname()}
        return json.dumps(head | {"text": self.text()} | asdict(self))

    def text(self) -> str:
        """One line for a person."""
        copies = sum(found.files for found in self.found.values())
        parts = [f"{self.groups} groups with {copies} copies"]
        if self.dry_run:
            parts.append("nothing was put aside (dry run)")
        else:
            parts.append(f"{self.put_aside} put aside ({self.put_aside_bytes / 1e6:.1f} MB)")
        trouble = self.refused + self.failed
        return ", ".join([*parts, *([f"{trouble} could not be"] if trouble else [])])


def digest_of(report: RunReport) -> Digest:
    """The digest of one run."""
    counts = report.counts
    return Digest(
        run=report.run_id,
        plan=report.plan.id if report.plan is not None else "",
        runs=1,
        dry_run=report.dry_run,
        groups=counts.groups,
        found=_found(report),
        put_aside=counts.removed,
        put_aside_bytes=counts.removed_bytes,
        refused=counts.refused,
        failed=counts.failed,
    )


def _found(report: RunReport) -> dict[str, Found]:
    totals = relation_totals(report.plan) if report.plan is not None else ()
    return {total.relation.value: Found(len(total.members), total.size) for total in totals}
