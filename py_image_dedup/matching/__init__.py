"""Records become candidates, comparisons, matches and stars. Pixels come in as arrays."""
