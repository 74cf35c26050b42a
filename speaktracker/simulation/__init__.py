"""A simulated classroom: real sockets against a running server, and what they measured."""
