"""A mirror that could never work stops the start."""
