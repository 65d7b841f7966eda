"""Finding the files that count: roots, exclusions, extensions, one identity a file. Opens no file."""
