"""One schema for file, environment, command line and documentation.

schema.py     every key: environment name, type, default, help
grammar.py    how single values are written; lists.py: how lists are; rules.py: the names of the rules
sources.py    file, environment and command line, read through container-app-conf, which no other room knows
load.py       load() -> Settings, or SettingsError with every problem
settings.py   the typed values
explain.py    values with their origins; the digest of those that shape a plan
reference.py  the commented reference file and docs/settings.md
"""
