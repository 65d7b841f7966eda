"""A file a backend, behind one protocol and one contract suite."""
