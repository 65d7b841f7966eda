"""After the switch from an index of an earlier version only those pictures are read that may have a copy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from py_image_dedup.model.files import ImageFile
from py_image_dedup.model.images import Analysed, Fingerprint, ImageRecord, Unreadable, UnreadableKind
from py_image_dedup.model.listeners import Silence
from py_image_dedup.phases.analyse import Analysis, analyse
from py_image_dedup.phases.postponed import Postponement
from py_image_dedup.stores.memory import MemoryStore
from tests.support.phases import VERSIONS, ScriptedAnalyser
from tests.support.records import image_file, record

BLANK = bytes(648)


def file(name: str, size: int) -> ImageFile:
    return replace(image_file(f"/lib/{name}.jpg"), size=size)


FILES = [file(name, 100 + number) for number, name in enumerate("abcdef")]
A, B, C, D, E, F = FILES


def alike(signatures: bytes, is_new: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Those that begin alike are near; blank ones to none."""
    values = [signatures[at : at + 648] for at in range(0, len(signatures), 648)]
    for one in range(len(values)):
        for other in range(one + 1, len(values)):
            if values[one][0] == values[other][0] != 0 and (is_new[one] or is_new[other]):
                yield one, other


@dataclass
class World:
    """Files with the first value of the signature that is known of them; all are computed as `computed` says."""

    known: dict[str, int]
    computed: dict[str, int] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    store: MemoryStore = field(default_factory=MemoryStore)
    asked: list[str] = field(default_factory=list)

    def run(self, files: Sequence[ImageFile], *, every: bool = False) -> tuple[Analysis, list[str]]:
        """The analysis, and what was read for it."""
        plain, signing = ScriptedAnalyser(), ScriptedAnalyser((*VERSIONS, ("image-match", 1)))
        signing.results = {f.path: self._signed(f) for f in files}
        postponement = Postponement(signing, self._signatures, alike, self.store)
        found = analyse(files, self.store, plain, Silence(), None if every else postponement)
        return found, [path[5:-4] for path in (*plain.read, *signing.read)]

    def _signatures(self, files: Sequence[ImageFile]) -> dict[str, bytes]:
        self.asked += [f.path for f in files]
        return {f.path: signature(self.known[f.path]) for f in files if f.path in self.known}

    def _signed(self, of: ImageFile) -> Analysed:
        if of.path in self.failing:
            return Unreadable(of, UnreadableKind.IO_ERROR, "no")
        value = {**self.computed, **self.known}.get(of.path)
        prints = () if value is None else (Fingerprint("image-match", 1, signature(value)),)
        return ImageRecord(of, record(of.path).sha256, record(of.path).facts, prints)


def signature(first: int) -> bytes:
    return bytes([first]) + BLANK[1:]


def known(**values: int) -> dict[str, int]:
    return {f"/lib/{name}.jpg": value for name, value in values.items()}


def test_only_pictures_near_to_another_are_read() -> None:
    world = World(known(a=1, b=2, c=1, d=3, e=4, f=5))

    found, read = world.run(FILES)

    assert read == ["a", "c"]
    assert [r.file.path for r in found.records] == [A.path, C.path]
    assert (found.analysed, found.waiting, found.missing) == (2, 4, 0)


def test_a_second_run_reads_and_asks_nothing_new() -> None:
    world = World(known(a=1, b=2, c=1, d=3, e=4, f=5))
    world.run(FILES)
    world.asked.clear()

    found, read = world.run(FILES)

    assert read == world.asked == []
    assert (found.analysed, found.unchanged, found.waiting) == (0, 2, 4)


def test_a_new_picture_has_those_read_that_are_near_to_it() -> None:
    world = World(known(a=1, b=2, d=3), computed=known(c=2))
    world.run([A, B, D])

    found, read = world.run([A, B, C, D])

    assert read == ["c", "b"]
    assert found.waiting == 2


def test_a_picture_that_changed_is_read() -> None:
    world = World(known(a=1, b=2))
    world.run([A, B])
    del world.known[A.path]

    _, read = world.run([replace(A, mtime_ns=7), B])

    assert read == ["a"]


@pytest.mark.parametrize("value", [0, None])
def test_what_a_signature_tells_nothing_of_is_read(value: int | None) -> None:
    world = World({**known(b=2), **({} if value is None else known(a=value))})

    _, read = world.run([A, B])

    assert read == ["a"]


def test_files_of_one_size_are_read_whatever_their_signatures_say() -> None:
    """They may be the same, byte for byte, and the signatures be made by different versions."""
    world = World(known(a=1, b=2, c=3))

    _, read = world.run([A, replace(B, size=A.size), C])

    assert read == ["a", "b"]


def test_what_could_not_be_read_is_near_again_in_the_next_run() -> None:
    world = World(known(a=1, b=1, c=2), failing={A.path})
    world.run([A, B, C])
    world.failing.clear()

    found, read = world.run([A, B, C])

    assert read == ["a"]
    assert found.waiting == 1


def test_where_all_were_asked_for_all_are_read() -> None:
    world = World(known(a=1, b=2, c=3))
    world.run([A, B, C])

    found, read = world.run([A, B, C], every=True)

    assert read == ["a", "b", "c"]
    assert found.waiting == 0


def test_beside_a_picture_whose_signature_was_not_computed_none_may_wait() -> None:
    """Reading all of them had begun and was broken off."""
    world = World(known(a=1, b=2, c=3))
    world.run([A], every=True)

    _, read = world.run([A, B, C])

    assert read == ["b", "c"]


def test_a_picture_of_which_no_signature_can_be_made_lets_the_others_wait() -> None:
    world = World(known(a=1, b=2))
    world.run([A, B, C])

    found, read = world.run([A, B, C, D])

    assert read == ["d"]
    assert found.waiting == 2


def test_a_run_that_was_broken_off_asks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(known(a=1, b=1, c=2))
    monkeypatch.setattr(Postponement, "remember", fail)
    with pytest.raises(KeyboardInterrupt):
        world.run([A, B, C])
    monkeypatch.undo()

    found, read = world.run([A, B, C])

    assert read == []
    assert (found.unchanged, found.waiting) == (2, 1)


def fail(*_: object) -> None:
    raise KeyboardInterrupt
