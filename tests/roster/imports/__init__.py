"""Files of people: read, looked through, imported."""
