"""Finds duplicate pictures, says how each is a copy, and puts the copies aside so that nothing can be lost.

model/      what travels between the rooms: values, protocols, errors
walking/    folders -> files that count
analysis/   file -> record
matching/   records -> candidates -> comparisons -> groups
keeping/    group -> who stays and why
disposal/   plan -> outcomes; the only room that changes a user's files
stores/     where records and comparisons are remembered
phases/     the six phases of a run
settings/   one schema for file, environment and command line
reports/    a plan or run as text and JSON
faces/      command line and what else a person or program meets
deduplicator.py, wiring/    the library API and the place that puts the parts together
"""

__version__ = "3.0.0"
