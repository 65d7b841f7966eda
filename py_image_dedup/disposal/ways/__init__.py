"""How a file, or a unit of files, goes: quarantine, target, trash, links; and what is checked at the act."""
