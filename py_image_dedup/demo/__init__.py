"""A library of generated pictures for those who have no photographs at hand. Writes only into a new or empty folder.

scenes.py    landscapes from a seed, with the detail of photographs
copies.py    one small function for each kind of copy
library.py   which picture is copied how, and where the copies lie
"""
