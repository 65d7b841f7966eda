"""What is written down before and after each act: journal, sidecars, locks, the steps between."""
