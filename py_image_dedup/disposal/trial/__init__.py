"""A volume tried out: what it can do, and whether a removal killed at any moment loses nothing on it."""
