"""What travels between the rooms: frozen values, the protocols they are asked through, the error tree.

Imports nothing else of this package and nothing outside the standard library.
"""
