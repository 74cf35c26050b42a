"""The pictures of the README, made from a running demo: `make pictures`."""
