"""A file a method: numbers that stay alike when a picture is saved again."""

# A method's version grows whenever a value may change, the decoder's doing included. The versions stand apart from the
# methods because every run needs them, also one that reads no picture and loads no picture library.
VERSIONS = {"image-match": 1, "pdq": 1, "pixels": 2, "words": 4}
