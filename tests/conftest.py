"""Fixtures of more than one folder."""

from tests.support.search_fixtures import address_of

__all__ = ["address_of"]
