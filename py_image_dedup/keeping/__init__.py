"""A star of copies -> who stays, who goes with whom, and why. Pure: no disk, no clock, no settings.

rules.py     one small function a rule, and the table RULES
ranking.py   records in the order in which they deserve to stay, with the rule that decided
units.py     files that belong together: RAW and JPEG, Live Photo, sidecars
policy.py    what may be removed, and how
judging.py   why one member is left although its relation is acted on
together.py  members whose unit would be torn apart are left as well
planning.py  stars -> Plan
"""
