"""The version of what is judged of a pair."""

# Grows when the same two pictures may get another answer; remembered comparisons of older versions are made again.
COMPARISON_VERSION = 8
