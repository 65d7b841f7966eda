"""What goes with a copy that the file that stays does not say is told, and on demand asked to be moved."""

from py_image_dedup.keeping.losses import asked_for, with_losses
from py_image_dedup.keeping.planning import make_plan
from py_image_dedup.keeping.policy import PlanPolicy
from py_image_dedup.model.descriptions import CAPTION, KEYWORDS, POSITION, RATING, Description, Said
from py_image_dedup.model.matches import REMOVABLE, Relation
from py_image_dedup.model.plans import Plan
from tests.support.records import record, star

KEEPER, BIG, SMALL = record("/lib/a.jpg", size=9000), record("/lib/b.jpg", size=5000), record("/lib/c.jpg", size=100)
SAYS = {
    KEEPER.sha256: Description((Said(CAPTION, ("at sea",)), Said(KEYWORDS, ("sea",)))),
    BIG.sha256: Description((Said(CAPTION, ("another caption",)), Said(KEYWORDS, ("sea", "sun")))),
    SMALL.sha256: Description((Said(POSITION, ("43.5, 1.25",)), Said(KEYWORDS, ("sun",)), Said(RATING, ("4",)))),
}


def plan(relation: Relation = Relation.SAME_PICTURE) -> Plan:
    return make_plan([star(KEEPER, BIG, SMALL, relation=relation)], PlanPolicy(remove=frozenset(REMOVABLE)))


def losses(of: Plan) -> dict[str, tuple[str, ...]]:
    return {m.record.file.path: m.loses for group in of.groups for m in group.members}


def test_each_copy_tells_what_the_kept_file_lacks() -> None:
    told = with_losses(plan(), SAYS, merge=False)

    assert losses(told) == {"/lib/a.jpg": (), "/lib/b.jpg": (KEYWORDS,), "/lib/c.jpg": (POSITION, KEYWORDS, RATING)}
    assert {removal.merge for removal in told.removals} == {()}
    assert told.id != plan().id


def test_the_better_copy_gives_first_and_the_next_what_is_lacking_then() -> None:
    merging = with_losses(plan(), SAYS, merge=True)

    assert {r.victim.file.path: r.merge for r in merging.removals} == {
        "/lib/b.jpg": (KEYWORDS,),
        "/lib/c.jpg": (POSITION, RATING),
    }


def test_same_bytes_say_the_same_and_are_not_asked() -> None:
    same = plan(Relation.SAME_BYTES)

    assert list(asked_for(same)) == []
    assert with_losses(same, SAYS, merge=True) == same
    assert [record.file.path for record in asked_for(plan())] == ["/lib/a.jpg", "/lib/b.jpg", "/lib/c.jpg"]


def test_what_cannot_be_read_says_nothing() -> None:
    assert with_losses(plan(), {}, merge=True) == plan()


def test_a_file_that_is_left_loses_nothing() -> None:
    left = make_plan([star(KEEPER, BIG)], PlanPolicy(remove=frozenset({Relation.SAME_BYTES})))

    assert with_losses(left, SAYS, merge=True) == left
