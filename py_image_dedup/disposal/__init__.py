"""Plan -> outcomes: the only room that changes a user's files. Its promise: nothing is lost.

Floors, each of which may use those above it in this list:

volume/       the one seam to the file system, and what is known of the volume below it
books/        what was intended and how far it came, in the state directory and beside the data; who may act
work.py       one run's hands: seam, journal, clock
ways/         a removal made ready, verified through open descriptors, and done: rename, copy, link, trash
recovery/     what a killed run left, backwards, for good; the journal beside the disk
disposal.py   what the rest of the program asks for
trial/        a volume tried out
"""
