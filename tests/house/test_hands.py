"""Who may change files, open pictures, print."""

import ast

import pytest

from tests.house.house import Module, calls, imported, modules

CHANGES_FILES = {
    f"os.{name}"
    for name in (
        *("rename", "renames", "replace", "remove", "unlink", "rmdir", "removedirs", "link", "symlink", "truncate"),
        *("chmod", "chown", "utime", "mkfifo", "setxattr", "removexattr"),
    )
}
METHODS_THAT_CHANGE = {"unlink", "rmdir", "rename", "symlink_to", "hardlink_to", "write_text", "write_bytes", "touch"}
# Their own files only: the index, the environment of a state directory, the pictures that a demo makes.
OWN_FILES = {"stores", "demo", "faces"}
PICTURE_LIBRARIES = {"PIL", "cv2", "pillow_heif", "rawpy", "pillow_jxl"}


@pytest.mark.parametrize(
    "module", [m for m in modules() if m.room not in {"disposal"} | OWN_FILES], ids=lambda m: m.name
)
def test_only_disposal_changes_files(module: Module) -> None:
    found = [
        f"{line}: {name}"
        for line, name in calls(module)
        if name in CHANGES_FILES or (name.startswith(".") and name.rsplit(".", 1)[-1] in METHODS_THAT_CHANGE)
    ]

    assert found == []
    assert "shutil" not in set(imported(module))


@pytest.mark.parametrize("module", [m for m in modules() if m.room in OWN_FILES], ids=lambda m: m.name)
def test_rooms_with_files_of_their_own_never_move_or_link(module: Module) -> None:
    found = [n for _, n in calls(module) if n in {"os.rmdir", "os.link", "os.symlink", "os.chmod", "os.utime"}]

    assert found == []


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.name)
def test_only_analysis_and_matching_and_demo_know_picture_libraries(module: Module) -> None:
    libraries = {n.split(".")[0] for n in imported(module)} & PICTURE_LIBRARIES
    allowed = {"analysis": PICTURE_LIBRARIES, "matching": {"cv2"}, "demo": {"PIL", "cv2"}, "faces": set()}

    assert libraries - allowed.get(module.room, set()) == set()


@pytest.mark.parametrize("module", [m for m in modules() if m.room != "analysis"], ids=lambda m: m.name)
def test_only_analysis_opens_pictures(module: Module) -> None:
    openers = {"Image.open", "cv2.imread", "cv2.imdecode", "rawpy.imread", "Image.frombytes"}

    assert [f"{line}: {name}" for line, name in calls(module) if name in openers] == []


@pytest.mark.parametrize("module", [m for m in modules() if m.room != "faces"], ids=lambda m: m.name)
def test_only_a_face_prints(module: Module) -> None:
    found = [f"{line}: {name}" for line, name in calls(module) if name in {"print", "sys.stdout.write", "click.echo"}]

    assert found == []
    assert "click" not in {n.split(".")[0] for n in imported(module)}


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.name)
def test_existence_is_never_asked_where_an_error_would_look_like_absence(module: Module) -> None:
    asks = {"os.path.exists", "os.path.isfile", "os.path.isdir", "os.path.lexists"}
    of_a_path = {(".", "exists"), (".", "is_file"), (".", "is_symlink")}
    decides = module.room in {"disposal", "walking", "stores", "phases", "deduplicator"}
    found = [f"{line}: {name}" for line, name in calls(module) if name in asks or name.rpartition(".")[1:] in of_a_path]

    assert not decides or found == []


# Of the program's own: its lock, its state directory and the list of mounts, a journal that is set aside, the folder in
# which it tries itself out.
OF_ITS_OWN = {
    "py_image_dedup/disposal/books/ledger.py": {"os.rename", "os.listdir"},
    "py_image_dedup/disposal/books/locks.py": {"open", "os.open", "os.close", "os.ftruncate"},
    "py_image_dedup/disposal/books/state.py": {"os.makedirs", "os.stat", "open"},
    "py_image_dedup/disposal/trial/selftest.py": {"os.mkdir", "shutil.rmtree"},
    "py_image_dedup/disposal/trial/self_kills.py": {"os.makedirs", "os.stat", "os.walk", "open", "shutil.rmtree"},
    "py_image_dedup/disposal/trial/probes.py": {"os.close"},
}
TOUCHES_FILES = CHANGES_FILES | {
    f"os.{name}"
    for name in (
        *("open", "close", "read", "write", "fsync", "stat", "lstat", "fstat", "statvfs", "scandir", "listdir", "walk"),
        *("mkdir", "makedirs", "readlink", "getxattr", "listxattr", "sendfile", "copy_file_range", "ftruncate"),
    )
}


@pytest.mark.parametrize(
    "module", [m for m in modules() if m.room == "disposal" and m.floor != "volume"], ids=lambda m: m.name
)
def test_removal_reaches_files_through_one_seam_alone(module: Module) -> None:
    """What goes past it is seen by no trace and hit by no injected error."""
    found = {n for _, n in calls(module) if n in TOUCHES_FILES | {"open", "io.open"} or n.startswith("shutil.rm")}

    assert found == OF_ITS_OWN.get(module.name, set())


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.name)
def test_calls_that_change_files_are_called_by_their_whole_names(module: Module) -> None:
    """Else the tests here would not know them."""
    taken_out = [n.module for n in ast.walk(module.tree) if isinstance(n, ast.ImportFrom)]
    renamed = [a.name for n in ast.walk(module.tree) if isinstance(n, ast.Import) for a in n.names if a.asname]

    assert not {"os", "shutil"} & {*taken_out, *renamed}


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.name)
def test_nobody_moves_or_copies_by_shutil(module: Module) -> None:
    """It overwrites, and copies where it cannot rename."""
    harmless = {"shutil.which", "shutil.get_terminal_size", *OF_ITS_OWN.get(module.name, set())}

    assert {name for _, name in calls(module) if name.startswith("shutil.")} <= harmless
