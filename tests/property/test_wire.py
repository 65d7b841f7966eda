"""Every plan comes back from JSON as it was, whatever bytes its names are made of."""

import os
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from py_image_dedup.keeping.planning import make_plan
from py_image_dedup.keeping.policy import PlanPolicy
from py_image_dedup.model.errors import SettingsError
from py_image_dedup.model.images import Fingerprint, ImageRecord
from py_image_dedup.model.matches import Evidence, Match, Relation, Star
from py_image_dedup.model.plans import Plan
from py_image_dedup.model.wire import identified, plan_from_json, plan_to_json
from tests.support.plans import small_plan
from tests.support.records import record

PATHS = st.binary(min_size=1, max_size=30).map(lambda b: os.fsdecode(b"/" + b.replace(b"\0", b"0")))
NUMBERS = st.floats(-1e300, 1e300)
MEASURED = st.none() | NUMBERS
EVIDENCE = st.builds(Evidence, st.text(max_size=10), NUMBERS, MEASURED, MEASURED, MEASURED, st.integers(1, 8), MEASURED)
RECORDS = st.builds(
    lambda path, size, mtime_ns, camera, gps, print_: replace(
        record(path, size=size, mtime_ns=mtime_ns, camera=camera, gps=gps), fingerprints=(print_,)
    ),
    PATHS,
    st.integers(0, 2**63),
    st.integers(-(2**63), 2**63),
    st.none() | st.text(max_size=5),
    st.none() | st.tuples(NUMBERS, NUMBERS),
    st.builds(Fingerprint, st.text(max_size=4), st.integers(0, 9), st.binary(max_size=8)),
)
EVERYTHING = PlanPolicy(frozenset(Relation), roots=("/",))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    records: list[ImageRecord] = draw(st.lists(RECORDS, min_size=1, max_size=6, unique_by=lambda r: r.file.path))
    keeper, *others = records
    matches = [Match(draw(st.sampled_from(Relation)), draw(EVIDENCE)) for _ in others]
    plan = make_plan([Star(keeper, tuple(zip(others, matches, strict=True)))], EVERYTHING)
    kept = replace(plan.groups[0].members[0], record=keeper)  # with its fingerprints, which plans leave out
    group = replace(plan.groups[0], members=(kept, *plan.groups[0].members[1:]))
    return identified(replace(plan, groups=(group,)))


@given(plans())
def test_a_plan_comes_back_as_it_was(plan: Plan) -> None:
    text = plan_to_json(plan)

    assert plan_from_json(text) == plan
    assert text == plan_to_json(plan_from_json(text))


PLAN_TEXT = plan_to_json(small_plan())


@given(st.integers(0, len(PLAN_TEXT)), st.integers(0, 20), st.text('[]{},:"0123456789abe. -\\', max_size=5))
def test_a_broken_file_is_a_sentence_and_never_another_error(start: int, length: int, instead: str) -> None:
    try:
        removals = plan_from_json(PLAN_TEXT[:start] + instead + PLAN_TEXT[start + length :]).removals
    except SettingsError as error:
        problem, removals = str(error), ()
    else:
        problem = ""

    assert not problem or problem.startswith("the plan cannot be used: ")
    assert {r.keeper.file.path for r in removals}.isdisjoint(r.victim.file.path for r in removals)
