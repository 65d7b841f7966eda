"""A file a command: parse, one call of the Deduplicator, render."""
