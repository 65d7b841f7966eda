"""Journal, index and verdicts copied while somebody writes to them: whole, and good to go on with."""

import os
import threading
from pathlib import Path

import pytest

from py_image_dedup.disposal.disposal import Disposal
from py_image_dedup.model.errors import SettingsError
from py_image_dedup.model.outcomes import Status
from py_image_dedup.stores.backup import back_up
from py_image_dedup.stores.sqlite import SqliteStore
from tests.support.libraries import FixedClock, plan, remove
from tests.support.stored import stored
from tests.support.tree import make_tree

FILES = 40


def test_what_was_copied_while_it_was_written_is_whole_and_brings_everything_back(tmp_path: Path) -> None:
    tree = {"k.jpg": "kept"} | {f"{n:02}.jpg": f"copy {n}" for n in range(FILES)}
    root, state, copy = make_tree(tmp_path / "library", tree), str(tmp_path / "state"), str(tmp_path / "copy")
    removals = [remove(root, f"{n:02}.jpg", "k.jpg") for n in range(FILES)]
    first = Disposal(state, FixedClock())
    list(first.dispose("run-1", plan([root], *removals[: FILES // 2])))
    done = threading.Event()

    def write_on() -> None:
        for number, removal in enumerate(removals[FILES // 2 :]):
            list(Disposal(state, FixedClock()).dispose(f"run-2-{number}", plan([root], removal)))
        done.set()

    writer = threading.Thread(target=write_on)
    writer.start()
    back_up(state, copy)
    writer.join()

    assert done.is_set()
    restored = Disposal(copy, FixedClock())
    assert [outcome.status for outcome in restored.undo("run-1")] == [Status.UNDONE] * (FILES // 2)
    assert all(os.path.lexists(f"{root}/{n:02}.jpg") for n in range(FILES // 2))


def test_the_index_is_copied_with_what_stands_in_its_wal(tmp_path: Path) -> None:
    os.mkdir(tmp_path / "state")
    store = SqliteStore(str(tmp_path / "state/index.sqlite"))
    store.put_many([stored(f"/lib/{n}.jpg") for n in range(500)])
    assert (tmp_path / "state/index.sqlite-wal").stat().st_size > 0

    assert back_up(str(tmp_path / "state"), str(tmp_path / "copy")) == ["index.sqlite"]

    store.close()
    copy = SqliteStore(str(tmp_path / "copy/index.sqlite"))
    assert len(list(copy.under(["/lib"]))) == 500
    copy.close()


def test_a_folder_that_is_there_an_empty_state_and_a_damaged_file_are_told(tmp_path: Path) -> None:
    for state in (tmp_path / "none", tmp_path):
        with pytest.raises(SettingsError, match="nothing to copy"):
            back_up(str(state), str(tmp_path / "copy"))
    (tmp_path / "journal.sqlite").write_bytes(b"no journal" * 1000)
    with pytest.raises(SettingsError, match="name a new folder"):
        back_up(str(tmp_path), str(tmp_path))
    with pytest.raises(SettingsError, match=r"journal\.sqlite cannot be copied"):
        back_up(str(tmp_path), str(tmp_path / "copy"))
