"""Large plans take a person's consent; plans without a keeper are none."""

from dataclasses import replace

import pytest

from py_image_dedup.keeping.caps import Caps, beyond, without_keeper
from py_image_dedup.model.matches import Relation
from py_image_dedup.model.plans import Plan, PlannedRemoval, Subject, Way
from tests.support.records import image_file

KEEPER = image_file("/lib/keeper.jpg")


def removal(number: int, root: str = "/lib") -> PlannedRemoval:
    victim = image_file(f"{root}/{number}.jpg", root=root)
    return PlannedRemoval(Subject(victim, b"v"), Subject(KEEPER, b"k"), Relation.SAME_PICTURE, "path", Way.QUARANTINE)


def plan(*removals: PlannedRemoval) -> Plan:
    return Plan("id", "digest", ("/lib",), (), removals)


def removals(count: int, root: str = "/lib") -> tuple[PlannedRemoval, ...]:
    return tuple(removal(number, root) for number in range(count))


@pytest.mark.parametrize(("count", "asks"), [(0, False), (500, False), (501, True)])
def test_more_than_500_files_take_consent(count: int, asks: bool) -> None:
    assert bool(beyond(plan(*removals(count)), {"/lib": 100_000}, Caps())) is asks


@pytest.mark.parametrize(("files", "asks"), [(250, False), (249, True), (0, True)])
def test_more_than_a_fifth_of_a_root_takes_consent(files: int, asks: bool) -> None:
    assert bool(beyond(plan(*removals(50)), {"/lib": files}, Caps())) is asks


def test_a_share_of_a_handful_of_files_takes_none() -> None:
    assert beyond(plan(*removals(49)), {"/lib": 50}, Caps()) == ()


def test_each_root_has_a_share_of_its_own() -> None:
    both = plan(*removals(60), *removals(60, "/other"))

    assert beyond(both, {"/lib": 10_000, "/other": 100}, Caps()) == (
        "60 of 100 files in /other, more than the 20% allowed at once",
    )


def test_a_root_that_was_not_searched_counts_as_empty() -> None:
    assert beyond(plan(*removals(50, "/made/up")), {"/lib": 100_000}, Caps()) != ()


def test_settings_raise_the_caps() -> None:
    assert beyond(plan(*removals(900)), {"/lib": 1_000}, Caps(900, 0.9)) == ()


def test_a_sound_plan_has_a_keeper_for_every_file() -> None:
    assert without_keeper(plan(*removals(3))) == ()


def test_a_keeper_that_goes_as_well_keeps_nothing() -> None:
    first, second = removal(1), removal(2)
    chain = replace(first, keeper=second.victim)
    circle = replace(second, keeper=first.victim)

    assert len(without_keeper(plan(chain, second))) == 1
    assert len(without_keeper(plan(chain, circle))) == 2


def test_the_keeper_by_another_path_keeps_nothing() -> None:
    linked = Subject(replace(KEEPER, path="/lib/link.jpg"), b"k")

    assert without_keeper(plan(replace(removal(1), victim=linked)))


def test_an_empty_keeper_keeps_nothing() -> None:
    assert without_keeper(plan(replace(removal(1), keeper=Subject(replace(KEEPER, size=0), b"k"))))


def test_a_look_alike_is_no_keeper() -> None:
    assert without_keeper(plan(replace(removal(1), relation=Relation.LOOK_ALIKE)))


def test_a_file_goes_once() -> None:
    assert without_keeper(plan(removal(1), removal(1)))
