"""One schema for YAML, environment, command line and documentation."""
