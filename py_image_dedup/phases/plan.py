"""Between phase 4 and phase 5: the stars and what belongs to their files become a Plan."""

from collections.abc import Sequence
from dataclasses import replace

from py_image_dedup.analysis.content import read_content
from py_image_dedup.analysis.trouble import Trouble
from py_image_dedup.keeping.planning import make_plan
from py_image_dedup.keeping.policy import PlanPolicy
from py_image_dedup.keeping.units import find_units
from py_image_dedup.model.files import ImageFile, Walk
from py_image_dedup.model.matches import Star
from py_image_dedup.model.plans import Plan


def plan_for(stars: Sequence[Star], walked: Walk, damaged: frozenset[bytes], policy: PlanPolicy) -> Plan:
    """The plan under `policy`, with the roots that were walked; companions go with their picture or hold it back."""
    units = find_units(walked.files, walked.companions)
    return make_plan(stars, replace(policy, roots=walked.roots), units, companion_digest, damaged)


def companion_digest(file: ImageFile) -> bytes | None:
    """The SHA-256 of a companion as it is now; None where it cannot be read, and then its picture stays."""
    try:
        return read_content(file.path).sha256
    except (Trouble, OSError):
        return None
