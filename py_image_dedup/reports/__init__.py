"""A plan or a run as text: pure renderers that yield lines, readable at 80 columns and when piped. None prints.

summary.py   the first answer of a few lines; what was done
table.py     one table a group
troubles.py  what could not be read, walked or done, and what was passed over
sheet.py     one row a file, as CSV
names.py     paths that a terminal can show without being led astray
"""
