"""Who may change files, open pictures, print."""

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
    decides = module.room in {"disposal", "walking", "stores", "phases", "deduplicator"}

    assert not decides or [f"{line}: {name}" for line, name in calls(module) if name in asks] == []
