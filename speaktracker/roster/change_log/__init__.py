"""The change log: what became of people, mappings and sessions, written by database triggers."""
