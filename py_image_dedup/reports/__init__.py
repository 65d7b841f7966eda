"""A plan or a run as text for people and as JSON for programs."""
