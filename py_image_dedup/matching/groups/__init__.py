"""Comparisons become groups around one file that stays; the word of the user on a pair goes first."""
