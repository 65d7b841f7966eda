"""`python -m py_image_dedup` is the command line."""

from py_image_dedup.faces.cli.main import main

if __name__ == "__main__":
    main()
