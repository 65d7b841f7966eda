"""The oracles are tested themselves: the protocol is broken on purpose, and each break must be seen by a proof."""

import tempfile
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from py_image_dedup.disposal.books.actions import Event, State
from py_image_dedup.disposal.books.journal import Journal
from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.disposal.recovery import bring_back, resume
from py_image_dedup.disposal.volume import held
from py_image_dedup.disposal.ways import act, crossing, links, merging, move, quarantine, verify
from py_image_dedup.model.plans import Way
from tests.faults import test_adversary, test_errors, test_kills, test_power_loss, test_starts
from tests.support.fake_files import FakeFiles, Traits
from tests.support.fake_worlds import ROOT, TREE, VICTIMS, FakeDisposal, contents, library, plan_for
from tests.support.fake_worlds import violations as fake_violations
from tests.support.hooks import Hooked
from tests.support.scenarios import SCENARIOS

Patch = pytest.MonkeyPatch
SCENARIO = {scenario.name: scenario for scenario in SCENARIOS}
LOSS = {case.name: case for case in test_power_loss.CASES}


@pytest.fixture(scope="module")
def places() -> Iterator[tuple[str, str]]:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as memory, tempfile.TemporaryDirectory() as disk:
        yield memory, disk


# proofs: each gives what it found wrong, and nothing on the unbroken protocol


def kills(name: str) -> Callable[[tuple[str, str]], list[str]]:
    def proof(places: tuple[str, str]) -> list[str]:
        scenario = SCENARIO[name]
        moments = test_kills.moments_of(scenario, places)
        for moment in range(1, len(moments) + 1):
            wrong, _ = test_kills.killed_and_recovered(scenario, places, moment, None)
            if wrong:
                return wrong
        return []

    return proof


def errors(name: str) -> Callable[[tuple[str, str]], list[str]]:
    def proof(places: tuple[str, str]) -> list[str]:
        scenario = SCENARIO[name]
        for moment in range(1, len(test_errors.moments_of(scenario, places)) + 1):
            wrong = test_errors.with_error(scenario, places, test_errors.Failing(moment, 5))
            if wrong:
                return wrong
        return []

    return proof


def losses(name: str) -> Callable[[tuple[str, str]], list[str]]:
    def proof(places: tuple[str, str]) -> list[str]:
        recorded, random = test_power_loss.record(LOSS[name], places[0]), Random(1)
        for number in range(600):
            moment = number % (len(recorded.files.log) + 1)
            disposal = test_power_loss.after_loss(recorded, moment, random, places[0])
            disposal.resume()
            wrong = fake_violations(disposal, recorded.expected, merges=LOSS[name].merges)
            if wrong:
                return wrong
        return []

    return proof


def adversary(way: Way, traits: Traits = Traits(), *, across: bool = False) -> Callable[[tuple[str, str]], list[str]]:  # noqa: B008
    def proof(places: tuple[str, str]) -> list[str]:
        moments = test_adversary.moments_of((traits, across), way, places[0])
        for number in range(1500):
            random = Random(number)
            files = library(traits, across=across)
            the_plan = plan_for(files, way)
            somebody = test_adversary.Adversary(files, random, {1 + number % moments, random.randint(1, moments)})
            disposal = FakeDisposal(places[0], files, ops=Hooked(files, somebody, None))
            test_adversary.act(disposal, the_plan, undo=number % 2 == 1)
            somebody.moments = set()
            disposal.resume()
            wrong = test_adversary.wrong_after(files, somebody, disposal)
            if wrong:
                return wrong
        return []

    return proof


def changed_before(places: tuple[str, str]) -> list[str]:
    """Victims and keepers edited in secret, or keepers moved away, before the plan is carried out: nothing may go."""
    wrong = []
    for path in (*VICTIMS, *VICTIMS.values()):
        for change in (test_adversary.Adversary.edit_in_secret, test_adversary.Adversary.move_out):
            files = library(Traits())
            the_plan = plan_for(files, Way.QUARANTINE)
            change(test_adversary.Adversary(files, Random(1), set()), f"{ROOT}/{path}")
            concerned = {r.victim.file.path for r in the_plan.removals if f"{ROOT}/{path}" in _paths(r)}
            told = test_adversary.act(FakeDisposal(places[0], files), the_plan, undo=False)
            wrong.extend(
                f"{victim} went" for victim in concerned if files.lookup(victim) is None and path not in victim
            )
            wrong.extend(f"{at} is not what was planned" for at, sha in told if not _holds(files, at, sha))
    return wrong


def _paths(removal: Any) -> tuple[str, str]:
    return removal.victim.file.path, removal.keeper.file.path


def _holds(files: FakeFiles, at: str, sha256: bytes) -> bool:
    import hashlib

    node = files.lookup(at)
    return node is not None and hashlib.sha256(node.data).digest() == sha256


def purge_without_keeper(places: tuple[str, str]) -> list[str]:
    files = library(Traits())
    disposal = FakeDisposal(places[0], files)
    list(disposal.dispose("run-1", plan_for(files, Way.QUARANTINE)))
    test_adversary.Adversary(files, Random(1), set()).move_out(f"{ROOT}/keep/a.jpg")
    before = contents(files)
    list(disposal.purge([ROOT], older_than_ns=0))
    gone = set(before) - set(contents(files))
    return [f"lost: {content!r}" for content in gone if content != TREE["b copy.jpg"]]


def two_starts(places: tuple[str, str]) -> list[str]:
    from tests.support.libraries import FixedClock, plan, remove
    from tests.support.tree import make_tree

    with tempfile.TemporaryDirectory(dir=places[0]) as base:
        root = make_tree(f"{base}/library", {"k.jpg": "1", "a.jpg": "2", "b.jpg": "3"})
        first, second = (Disposal(f"{base}/{name}", FixedClock()) for name in ("here", "there"))
        running = first.dispose("run-1", plan([root], remove(root, "a.jpg", "k.jpg")))
        next(running)
        try:
            list(second.dispose("run-2", plan([root], remove(root, "b.jpg", "k.jpg"))))
        except test_starts.LockHeld:
            return []
        finally:
            running.close()
        return ["both act"]


# mutants: ways to break the protocol


def late_intents(patch: Patch) -> None:
    """What is intended is committed only together with what came of it."""
    append, late = Journal.append, []

    def appended(self: Journal, actions: Any, events: Any) -> None:
        actions, events = list(actions), list(events)
        if events and all(event.state is State.INTENT for event in events):
            late.append((actions, events))
            return
        while late:
            append(self, *late.pop(0))
        append(self, actions, events)

    patch.setattr(Journal, "append", appended)


def no_sync(patch: Patch) -> None:
    patch.setattr(FakeFiles, "sync", lambda self, descriptor: None)


def copies_not_synced(patch: Patch) -> None:
    sync = FakeFiles.sync

    def folders_only(self: FakeFiles, descriptor: int) -> None:
        if self.stat(descriptor).is_folder:
            sync(self, descriptor)

    patch.setattr(FakeFiles, "sync", folders_only)


def unlinked_before_the_link_is_durable(patch: Patch) -> None:
    def hasty(ops: Any, source: Any, name: str, folder: Any, new_name: str) -> None:
        ops.link(source.descriptor, name, folder.descriptor, new_name)
        ops.unlink(source.descriptor, name)
        ops.sync(source.descriptor)

    patch.setattr(bring_back, "give_back", hasty)


def renames_that_replace(patch: Patch) -> None:
    patch.setattr(FakeFiles, "rename_no_replace", FakeFiles.rename_plain)


def no_look_after_the_rename(patch: Patch) -> None:
    patch.setattr(move, "is_this_file", lambda *_: True)


def content_not_compared(patch: Patch) -> None:
    patch.setattr(verify.Verifier, "_require_content", lambda self, held: None)


def keeper_not_looked_at(patch: Patch) -> None:
    def keeper(self: Any, subject: Any, holding: Any) -> Any:
        try:
            return self._verified(subject, holding)
        except held.Refusal:
            folder = holding.top(ROOT)
            descriptor = holding.keep(holding.ops.open_top(ROOT))
            return held.HeldFile(subject, folder, "keep", descriptor, holding.ops.stat(descriptor))

    patch.setattr(verify.Verifier, "keeper", keeper)
    patch.setattr(move, "_require_keeper", lambda *_: None)


def resume_trusts_the_plan(patch: Patch) -> None:
    def settled(work: Any, entries: Any, holding: Any) -> list[Event]:
        return [Event(e.action.id, State.MOVED, e.action.target or e.action.place) for e in entries]

    patch.setattr(resume, "settle_unit", settled)


def resume_forgets_parts(patch: Patch) -> None:
    find = resume.find

    def without_part(*arguments: Any) -> Any:
        from dataclasses import replace

        return replace(find(*arguments), part=None)

    patch.setattr(resume, "find", without_part)


def resume_does_not_look_at_the_shelf(patch: Patch) -> None:
    patch.setattr(resume, "settle_unit", lambda w, entries, h: [Event(e.action.id, State.EXPIRED) for e in entries])


def folders_removed_with_what_is_in_them(patch: Patch) -> None:
    def rmtree(self: FakeFiles, folder: int, name: str) -> None:
        number = self._child(self._handle(folder), name)
        self._record("remove", self._handle(folder), name=name, node=number)

    patch.setattr(FakeFiles, "rmdir", rmtree)


def units_torn(patch: Patch) -> None:
    patch.setattr(act, "take_back_all", lambda work, unit, result: result)


def source_unlinked_without_a_look_at_the_copy(patch: Patch) -> None:
    def forget(self: Any, copies: Any, result: Any) -> Any:
        for copy in copies:
            self.work.ops.unlink(copy.piece.at.folder.descriptor, copy.piece.at.name)
            copy.piece.at = copy.spot
        return result

    patch.setattr(crossing.Crossing, "_forget_sources", forget)
    patch.setattr(crossing.Crossing, "_looked_at_again", lambda self, unit, result: result)


def copies_named_over_others(patch: Patch) -> None:
    def named(ops: Any, part: Any, target: Any) -> None:
        ops.rename_plain(part.folder.descriptor, part.name, target.folder.descriptor, target.name)

    patch.setattr(crossing, "name_part", named)


def purge_without_a_living_keeper(patch: Patch) -> None:
    from py_image_dedup.disposal.recovery.purge import Purging

    patch.setattr(Purging, "_living_keeper", lambda self, entry, mine, holding: "surely somewhere")


def no_lock_in_the_quarantine(patch: Patch) -> None:
    patch.setattr(quarantine, "take_lock", lambda *_: None)


def failures_called_done(patch: Patch) -> None:
    moved_all = act.move_all
    patch.setattr(act, "move_all", lambda *arguments: (moved_all(*arguments), act.Result(State.MOVED))[1])


def stray_errors_close_the_action(patch: Patch) -> None:
    from dataclasses import replace

    unsynced = act._unsynced
    patch.setattr(act, "_unsynced", lambda *arguments: replace(unsynced(*arguments), is_open=False))
    patch.setattr(act, "take_back_all", lambda work, unit, result: result)


def names_given_away_before_the_file_is_durable_elsewhere(patch: Patch) -> None:
    patch.setattr(links.Linking, "_make_durable", lambda self, piece: None)


def merged_files_not_synced(patch: Patch) -> None:
    def unsynced(self: Any, *arguments: Any) -> int:
        with pytest.MonkeyPatch.context() as within:
            within.setattr(FakeFiles, "sync", lambda self, descriptor: None)
            return made(self, *arguments)

    made = merging.Merging._make
    patch.setattr(merging.Merging, "_make", unsynced)


MUTANTS: list[tuple[Callable[[Patch], None], Callable[[tuple[str, str]], list[str]]]] = [
    (late_intents, kills("quarantine")),
    (no_sync, losses("quarantine")),
    (copies_not_synced, losses("across volumes")),
    (unlinked_before_the_link_is_durable, losses("undo without exclusive rename")),
    (renames_that_replace, adversary(Way.TARGET)),
    (no_look_after_the_rename, adversary(Way.QUARANTINE)),
    (content_not_compared, changed_before),
    (keeper_not_looked_at, changed_before),
    (resume_trusts_the_plan, losses("quarantine")),
    (resume_forgets_parts, kills("across volumes")),
    (resume_does_not_look_at_the_shelf, kills("quarantine")),
    (folders_removed_with_what_is_in_them, adversary(Way.QUARANTINE)),
    (units_torn, errors("quarantine")),
    (source_unlinked_without_a_look_at_the_copy, adversary(Way.TARGET, across=True)),
    (copies_named_over_others, adversary(Way.TARGET, across=True)),
    (purge_without_a_living_keeper, purge_without_keeper),
    (no_lock_in_the_quarantine, two_starts),
    (failures_called_done, errors("quarantine")),
    (stray_errors_close_the_action, errors("quarantine")),
    (names_given_away_before_the_file_is_durable_elsewhere, losses("hard links")),
    (names_given_away_before_the_file_is_durable_elsewhere, losses("merged metadata")),
    (merged_files_not_synced, losses("merged metadata")),
]


@pytest.mark.parametrize(("mutant", "proof"), MUTANTS, ids=lambda f: f.__name__ if f.__name__ != "proof" else "")
def test_every_break_of_the_protocol_is_seen(
    mutant: Callable[[Patch], None],
    proof: Callable[[tuple[str, str]], list[str]],
    places: tuple[str, str],
    monkeypatch: Patch,
) -> None:
    mutant(monkeypatch)

    assert seen(proof, places) != []


def seen(proof: Callable[[tuple[str, str]], list[str]], places: tuple[str, str]) -> list[str]:
    """What a proof finds; that the broken program cannot go on is a finding as well."""
    try:
        return proof(places)
    except (AssertionError, OSError, LookupError, TypeError, AttributeError) as error:
        return [repr(error)]


@pytest.mark.parametrize("proof", [changed_before, purge_without_keeper, two_starts], ids=lambda f: f.__name__)
def test_the_unbroken_protocol_passes(proof: Callable[[tuple[str, str]], list[str]], places: tuple[str, str]) -> None:
    assert proof(places) == []
