"""Where a run must not go on unless a person says so."""

from collections.abc import Sequence

from py_image_dedup.keeping.caps import Caps, beyond, without_keeper
from py_image_dedup.model.errors import RefusedForSafety
from py_image_dedup.model.files import Walk
from py_image_dedup.model.plans import Plan
from py_image_dedup.model.ports import Confirm
from py_image_dedup.phases.roots import Parting, Roots, files_in, part


def require_roots(roots: Roots, confirm: Confirm) -> frozenset[str]:
    """The roots that a person spoke for; raises RefusedForSafety while there is any other trouble."""
    for trouble in roots.troubles:
        question = f"{trouble.sentence} Go on with it as it is?"
        if not (trouble.may_be_confirmed and confirm(question)):
            raise RefusedForSafety(f"{trouble.sentence} Nothing was touched or forgotten.")
    return frozenset(trouble.root for trouble in roots.troubles)


def parted(gone: Sequence[str], roots: Roots, confirm: Confirm | None) -> Parting:
    """The records to forget and those to hold; without `confirm` nobody is asked."""
    parting = part(gone, roots)
    question = f"{len(parting.held):,} known files are missing at once. Forget them?"
    if confirm and parting.held and confirm(question):
        return Parting(tuple(gone), ())
    return parting


def require_consent(plan: Plan, walked: Walk, caps: Caps, confirm: Confirm) -> None:
    """Raise RefusedForSafety for a plan that would lose a picture, and for a large one that no person allowed."""
    hopeless = without_keeper(plan)
    if hopeless:
        raise RefusedForSafety(f"The plan would lose pictures: {hopeless[0]}. Nothing was touched.")
    files = {root: len(files_in(root, walked.files)) for root in walked.roots}
    reasons = " and ".join(beyond(plan, files, caps))
    if reasons and not confirm(f"This run would put aside {reasons}. Go on?"):
        raise RefusedForSafety(
            f"This run would put aside {reasons}. Look at it with --dry-run, then allow it with --yes, or raise"
            " deduplication.max_files and deduplication.max_share. Nothing was touched."
        )
