"""Which pairs are worth comparing: by hashes, by signatures, by words of local features. Generous, never all pairs."""
