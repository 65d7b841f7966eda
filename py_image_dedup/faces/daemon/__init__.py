"""The long-running face: watches the roots, runs the six phases after changes, and says truthfully how it is."""
