"""Records become candidates, comparisons, matches and stars. Pixels come in as arrays.

Floors, each of which may use those above it in this list:

orientation.py, version.py   the eight ways a picture can lie; the version of what is judged
geometry/     where the pixels of one picture lie in another
candidates/   which pairs are worth comparing
comparison/   what two pictures have to do with each other
evidence/     what is told of a pair
groups/       comparisons become groups around one file that stays
"""
