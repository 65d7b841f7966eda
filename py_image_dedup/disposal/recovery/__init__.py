"""What comes afterwards: a killed run goes on, a run is undone, the quarantine purged, differences mended."""
