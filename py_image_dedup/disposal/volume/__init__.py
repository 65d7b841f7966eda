"""The seam to the file system: real, with everything known of the volume below it."""
