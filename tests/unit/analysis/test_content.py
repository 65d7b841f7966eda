"""A file is read once: hashed, and kept where it is small."""

import hashlib
import os
from pathlib import Path

import pytest

from py_image_dedup.analysis import content as content_module
from py_image_dedup.analysis.analyse import analyse_file
from py_image_dedup.analysis.content import read_content
from py_image_dedup.analysis.decode import decode_completely, read_pixels
from py_image_dedup.analysis.trouble import Trouble
from py_image_dedup.analysis.whole import pixel_digest
from py_image_dedup.model.images import ImageRecord, UnreadableKind
from tests.support.drawn import drawn, encoded, image_file, written


@pytest.mark.parametrize("held", [10, 1 << 20])
def test_large_files_are_hashed_in_pieces_and_decoded_from_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    monkeypatch.setattr(content_module, "HELD_BYTES", held)
    monkeypatch.setattr(content_module, "PIECE_BYTES", 1000)
    for format_ in ("JPEG", "PNG", "TIFF"):
        data = encoded(drawn(), format_)
        file = written(tmp_path, f"{held}.{format_}", data)
        content = read_content(file.path)
        record = analyse_file(file, ("pdq",))

        assert (content.data is None) == (held == 10)
        assert content.sha256 == hashlib.sha256(data).digest()
        assert isinstance(record, ImageRecord)
        assert read_pixels(file.path, 50).shape == (33, 50, 3)
        assert decode_completely(file.path) is None
        assert len(pixel_digest(file.path)) == 32


def test_a_file_that_is_gone_has_changed(tmp_path: Path) -> None:
    with pytest.raises(Trouble) as caught:
        read_content(str(tmp_path / "gone"))

    assert caught.value.kind is UnreadableKind.CHANGED


def test_a_pipe_or_link_in_its_place_is_neither_waited_for_nor_followed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    written(tmp_path, "a.png", encoded(drawn(), "PNG"))
    os.symlink("a.png", tmp_path / "link.png")

    for name, kind in (("pipe", UnreadableKind.CHANGED), ("link.png", UnreadableKind.IO_ERROR)):
        with pytest.raises(Trouble) as caught:
            read_content(str(tmp_path / name))
        assert caught.value.kind is kind


def test_names_that_are_no_text_work_everywhere(tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"\xff\xfe\n" + b"x" * 240 + b".jpg")
    with open(path, "wb") as file:
        file.write(encoded(drawn(), "JPEG"))
    name = os.fsdecode(path)

    assert isinstance(analyse_file(image_file(name), ("pdq", "pixels")), ImageRecord)
    assert decode_completely(name) is None
