"""Files and folders that a person asks about: a file counts whatever its name, a folder is walked."""

import os
import stat
from collections.abc import Iterable
from dataclasses import replace

from py_image_dedup.model.files import ImageFile, NotWalked, Walk
from py_image_dedup.walking.folders import words
from py_image_dedup.walking.roots import absolute
from py_image_dedup.walking.selection import Selection
from py_image_dedup.walking.walk import walk


def asked_for(paths: Iterable[str], selection: Selection) -> Walk:
    """What is meant by `paths`: each file once, in path order; what cannot be looked at is in `not_walked`."""
    folders: list[str] = []
    files: dict[tuple[int, int], ImageFile] = {}
    refused: list[NotWalked] = []
    for path in dict.fromkeys(map(absolute, paths)):
        found = file_at(path)
        if isinstance(found, ImageFile):
            files.setdefault(found.identity, found)
        elif found is None:
            folders.append(path)
        else:
            refused.append(found)
    walked = walk(folders, selection)
    files = {file.identity: file for file in walked.files} | files
    everything = tuple(sorted(files.values(), key=lambda file: file.path))
    return replace(walked, files=everything, not_walked=(*walked.not_walked, *refused))


def file_at(path: str) -> ImageFile | NotWalked | None:
    """The file at an absolute `path`, links followed; None for a folder; else why it cannot be looked at."""
    try:
        real = os.path.realpath(path) if stat.S_ISLNK(os.lstat(path).st_mode) else path
        status = os.lstat(real)
    except OSError as error:
        return NotWalked(path, words(error), error.errno or 0)
    if stat.S_ISDIR(status.st_mode):
        return None
    if not stat.S_ISREG(status.st_mode):
        return NotWalked(path, "not a regular file")
    identity = status.st_ino, status.st_dev, status.st_nlink
    return ImageFile(real, "", status.st_size, status.st_mtime_ns, status.st_ctime_ns, *identity)
