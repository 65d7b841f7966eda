"""Parse, one call of the Deduplicator, render. No decisions here."""
