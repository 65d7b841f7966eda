"""How much one run may remove before a person is asked, and what no run removes whoever asks for it. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from py_image_dedup.model.matches import REMOVABLE
from py_image_dedup.model.plans import Plan, PlannedRemoval

# A share says little of a small library: 12 of 30 files are an afternoon's copies, not a rule that eats too much.
SHARE_COUNTS_FROM = 50  # removals in one root


@dataclass(frozen=True, slots=True)
class Caps:
    """The limits of one run. Either may be reached, neither passed, without a person's consent."""

    max_files: int = 500
    max_share: float = 0.2  # of the files of one root, 0..1


def beyond(plan: Plan, files_by_root: Mapping[str, int], caps: Caps) -> tuple[str, ...]:
    """Why carrying out `plan` takes a person's consent: a part of a sentence for each reason; () where it takes none.

    `files_by_root` says how many files each root has now; a root that is not in it counts as having none, so that a
    share of it is never small.
    """
    total = len(plan.removals)
    too_many = [f"{total:,} files, more than the {caps.max_files:,} allowed at once"] if total > caps.max_files else []
    going = Counter(removal.victim.file.root for removal in plan.removals)
    return (*too_many, *(_share(root, n, files_by_root.get(root, 0), caps) for root, n in sorted(going.items())
                         if n >= SHARE_COUNTS_FROM and n > caps.max_share * files_by_root.get(root, 0)))  # fmt: skip


def without_keeper(plan: Plan) -> tuple[str, ...]:
    """Why removals would leave a picture without a keeper: plans are edited by hand and by other programs."""
    return tuple(_keeper_troubles(plan))


def _share(root: str, going: int, files: int, caps: Caps) -> str:
    return f"{going:,} of {files:,} files in {root}, more than the {caps.max_share:.0%} allowed at once"


def _keeper_troubles(plan: Plan) -> Iterator[str]:
    victims = Counter(removal.victim.file.path for removal in plan.removals)
    gone = {removal.victim.file.identity for removal in plan.removals}
    for removal in plan.removals:
        victim, keeper = removal.victim.file, removal.keeper.file
        if keeper.path in victims or keeper.identity in gone:
            yield f"{victim.path} would go for {keeper.path}, which would go as well"
        elif keeper.size == 0:
            yield f"{victim.path} would go for {keeper.path}, which is empty"
        elif victims[victim.path] > 1:
            yield f"{victim.path} would go twice"
        elif removal.relation not in REMOVABLE:
            yield f"{victim.path} is {_relation(removal)} of {keeper.path}, not a copy of it"


def _relation(removal: PlannedRemoval) -> str:
    return f"a {removal.relation.value}"
