"""One small plan and one report of a run, with every kind of field in it, for wire and report tests."""

import os

from py_image_dedup.keeping.planning import make_plan
from py_image_dedup.keeping.policy import PlanPolicy
from py_image_dedup.keeping.units import find_units
from py_image_dedup.model.elsewhere import CopyElsewhere, OnHost
from py_image_dedup.model.files import ImageFile, NotWalked, PassedOver
from py_image_dedup.model.images import Unreadable, UnreadableKind
from py_image_dedup.model.matches import Evidence, Match, Relation, Star
from py_image_dedup.model.outcomes import Counts, FolderOutcome, Outcome, RunReport, Status
from py_image_dedup.model.plans import Plan
from tests.support.records import image_file, record

NOT_UTF8 = os.fsdecode(b"/lib/\xe9t\xe9.jpg")


def small_plan() -> Plan:
    """Two groups: one with a sidecar, a name that is not UTF-8 and a member left; one of look-alikes."""
    keeper = record("/lib/sea.jpg", width=4000, height=3000, size=4_200_000, gps=(43.5, -1.25), camera="Canon EOS")
    copy = record(NOT_UTF8, size=310_000, width=1000, height=750)
    film = record("/lib/sea.gif", frames=12, mode="P", format="GIF", size=900_000)
    evidence = Evidence("scaled to 25 %, JPEG quality about 71", 0.03125, 0.97, 0.99, 1.5, 1, 0.25, 1.0, 1.0)
    first = Star(keeper, ((copy, Match(Relation.SAME_PICTURE, evidence)), (film, Match(Relation.EDITED, evidence))))
    burst = Match(Relation.LOOK_ALIKE, Evidence("another photograph of the same thing", 0.0625))
    second = Star(record("/lib/x/1.jpg"), ((record("/lib/x/2.jpg"), burst),))
    sidecar = image_file(os.fsdecode(b"/lib/\xe9t\xe9.xmp"), size=512)
    units = find_units([keeper.file, copy.file, film.file], [sidecar])
    policy = PlanPolicy(frozenset({Relation.SAME_PICTURE, Relation.EDITED}), roots=("/lib",), settings_digest="d1")
    return make_plan([first, second], policy, units, _digest)


def small_report() -> RunReport:
    """The plan carried out, with one thing of each kind that can go wrong."""
    plan = small_plan()
    (removal,) = plan.removals
    return RunReport(
        run_id="20260101T120000Z-ab12",
        dry_run=False,
        counts=Counts(files=6, analysed=5, unreadable=1, passed_over=1, groups=2, removed=1, removed_bytes=310_512),
        plan=plan,
        outcomes=(Outcome(removal, Status.DONE, now_at="/lib/.py-image-dedup/ete.jpg"),),
        folders=(FolderOutcome("/lib/empty", Status.FAILED, "permission denied"),),
        unreadable=(Unreadable(image_file("/lib/bad.jpg"), UnreadableKind.DAMAGED, "the file ends in its middle"),),
        passed_over=(PassedOver("/lib/link.jpg", "symlink"),),
        not_walked=(NotWalked("/lib/secret", "permission denied"),),
        notes=("a note",),
        elsewhere=(
            CopyElsewhere("/lib/sea.jpg", OnHost("cellar", record("/c/sea.jpg")), same_bytes=False, distance=0.03125),
        ),
    )


def _digest(_: ImageFile) -> bytes:
    return bytes(range(32))
