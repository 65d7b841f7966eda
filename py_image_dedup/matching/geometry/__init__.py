"""Where the pixels of one picture lie in another: alignment, maps between points, what both show."""
