"""The classroom: everything a socket does, and who is told of it."""
