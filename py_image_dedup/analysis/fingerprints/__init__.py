"""A file a method: numbers that stay alike when a picture is saved again."""
