"""Units go together or not at all: what the plan does with companions and partners."""

from collections.abc import Mapping

from py_image_dedup.keeping.planning import make_plan
from py_image_dedup.keeping.policy import PlanPolicy
from py_image_dedup.keeping.units import find_units
from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.matches import REMOVABLE, Relation, Star
from py_image_dedup.model.plans import Plan, Way
from tests.support.records import image_file, record, star

KEEPER = record("/lib/a/IMG_1.jpg", size=5000)
COPY = record("/lib/b/IMG_1.jpg")


def planned(
    stars: list[Star],
    companions: Mapping[str, bytes | None],
    more_pictures: tuple[str, ...] = (),
    way: Way = Way.QUARANTINE,
) -> Plan:
    """The plan for stars with these companion files (path -> content digest, None: unreadable) beside them."""
    pictures = [r.file for s in stars for r in (s.keeper, *(other for other, _ in s.others))]
    pictures += [image_file(path) for path in more_pictures]
    units = find_units(pictures, [image_file(path) for path in companions])

    def digest(file: ImageFile) -> bytes | None:
        return companions[file.path]

    return make_plan(stars, PlanPolicy(remove=frozenset(REMOVABLE), way=way), units, digest)


def gone(plan: Plan) -> dict[str, list[str]]:
    return {r.victim.file.path: [c.file.path for c in r.companions] for r in plan.removals}


def note(plan: Plan, group: int = 0) -> str:
    return plan.groups[group].members[1].note


def test_sidecars_go_with_their_picture() -> None:
    sidecars = {"/lib/b/IMG_1.xmp": b"x" * 32, "/lib/b/IMG_1.jpg.json": b"j" * 32}

    assert gone(planned([star(KEEPER, COPY)], sidecars)) == {
        "/lib/b/IMG_1.jpg": ["/lib/b/IMG_1.jpg.json", "/lib/b/IMG_1.xmp"]
    }


def test_a_companion_carries_its_digest() -> None:
    (removal,) = planned([star(KEEPER, COPY)], {"/lib/b/IMG_1.xmp": b"x" * 32}).removals

    assert [c.sha256 for c in removal.companions] == [b"x" * 32]


def test_a_sidecar_that_a_staying_picture_needs_is_left() -> None:
    plan = planned([star(KEEPER, COPY)], {"/lib/b/IMG_1.xmp": b"x" * 32}, more_pictures=("/lib/b/IMG_1.png",))

    assert gone(plan) == {"/lib/b/IMG_1.jpg": []}


def test_a_sidecar_of_two_pictures_that_both_go_goes_with_the_later_one() -> None:
    second = record("/lib/b/IMG_1.png", size=10)
    plan = planned([star(KEEPER, COPY, second)], {"/lib/b/IMG_1.xmp": b"x" * 32})

    assert gone(plan) == {"/lib/b/IMG_1.jpg": [], "/lib/b/IMG_1.png": ["/lib/b/IMG_1.xmp"]}


def test_a_picture_with_a_raw_file_that_the_keeper_lacks_is_left() -> None:
    plan = planned([star(KEEPER, COPY)], {"/lib/b/IMG_1.CR2": b"r" * 32})

    assert gone(plan) == {}
    assert note(plan) == "has IMG_1.CR2 beside it, which the keeper lacks"


def test_a_live_photo_goes_with_its_video_where_the_keeper_has_the_same_video() -> None:
    videos = {"/lib/a/IMG_1.MOV": b"v" * 32, "/lib/b/IMG_1.MOV": b"v" * 32}

    assert gone(planned([star(KEEPER, COPY)], videos)) == {"/lib/b/IMG_1.jpg": ["/lib/b/IMG_1.MOV"]}


def test_a_live_photo_is_left_where_the_keeper_has_another_video() -> None:
    videos = {"/lib/a/IMG_1.MOV": b"v" * 32, "/lib/b/IMG_1.MOV": b"w" * 32}

    assert gone(planned([star(KEEPER, COPY)], videos)) == {}


def test_a_picture_whose_companion_cannot_be_read_is_left() -> None:
    plan = planned([star(KEEPER, COPY)], {"/lib/b/IMG_1.xmp": None})

    assert gone(plan) == {}
    assert note(plan) == "belongs together with IMG_1.xmp, which cannot be read"


def test_raw_and_jpeg_that_both_have_a_copy_go_together() -> None:
    raws = star(record("/lib/a/IMG_1.CR2", size=9000), record("/lib/b/IMG_1.CR2"), relation=Relation.SAME_BYTES)

    assert gone(planned([star(KEEPER, COPY), raws], {})) == {"/lib/b/IMG_1.CR2": [], "/lib/b/IMG_1.jpg": []}


def test_a_jpeg_whose_raw_stays_is_left() -> None:
    plan = planned([star(KEEPER, COPY)], {}, more_pictures=("/lib/b/IMG_1.CR2",))

    assert gone(plan) == {}
    assert note(plan) == "belongs together with IMG_1.CR2, which stays"


def test_a_unit_is_not_torn_over_two_keepers_folders() -> None:
    raws = star(record("/lib/c/IMG_1.CR2", size=9000), record("/lib/b/IMG_1.CR2"), relation=Relation.SAME_BYTES)
    plan = planned([star(KEEPER, COPY), raws], {})

    assert gone(plan) == {}
    assert note(plan) == "belongs together with IMG_1.CR2, whose keeper stands elsewhere"


def test_the_raw_file_does_not_remove_the_jpeg_of_the_same_shot() -> None:
    raw = record("/lib/a/IMG_1.CR2", width=6000)

    assert gone(planned([star(raw, KEEPER)], {})) == {}


def test_leaving_one_partner_leaves_the_other() -> None:
    raws = star(record("/lib/a/IMG_1.CR2", size=9000), record("/lib/b/IMG_1.CR2"), relation=Relation.SAME_BYTES)
    plan = planned([star(KEEPER, COPY), raws], {"/lib/b/IMG_1.MOV": b"v" * 32})

    assert gone(plan) == {}


def test_links_leave_companions_where_they_are() -> None:
    stars = [star(KEEPER, COPY, relation=Relation.SAME_BYTES)]

    assert gone(planned(stars, {"/lib/b/IMG_1.MOV": b"v" * 32}, way=Way.HARDLINK)) == {"/lib/b/IMG_1.jpg": []}
