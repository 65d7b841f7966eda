"""The six phases, one verb a file, in order."""
