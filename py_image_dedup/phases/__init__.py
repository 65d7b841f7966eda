"""The six phases, one verb a file, in order. `PHASES` holds each number and title once; faces print them from it."""

from enum import Enum


class Phase(Enum):
    """A phase and the title under which users know it."""

    CLEANUP = "Cleaning up database ..."
    COUNT = "Counting files ..."
    ANALYSE = "Analyzing files"
    SEARCH = "Finding duplicate files ..."
    DISPOSE = "Removing duplicates ..."
    FOLDERS = "Removing empty folders"


PHASES = tuple(Phase)
ANALYSE_PHASES = (Phase.COUNT, Phase.ANALYSE)
MOVING_TITLE = "Moving duplicates ..."  # the title of DISPOSE where there is a target directory
COPYING_TITLE = "Copying what stays ..."  # and where it is copied out
SKIPPING = " - Skipping"
