"""A group becomes an order: which file stays, and the rule that decided."""
