"""Plan -> outcomes: the only room that changes a user's files. Its promise: nothing is lost.

disposal.py                  what the rest of the program asks for
fsops.py posix.py syscalls.py   the one seam to the file system
journal.py actions.py sidecars.py   what was intended and how far it came, in the state directory and beside the data
locks.py state.py            who may act
held.py verify.py units.py   a removal made ready: verified through open descriptors
act.py move.py renames.py    on one volume: rename, look again, make durable
crossing.py copying.py       to another volume: verified copy first
quarantine.py tidy.py        the folders that are put beside the data, and how they go again
folders.py                   folders that a run emptied
undo.py bring_back.py        backwards
resume.py resume_back.py finding.py   what a killed run left
links.py linked.py resume_links.py trash.py   other ways: a link in the place of a copy, the trash of the desktop
adopt.py checking.py mending.py   the journal from the records, and both beside the disk
selftest.py probes.py self_kills.py   a volume tried out
purge.py                     for good, only with a living keeper
"""
