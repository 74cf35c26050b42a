"""The bench itself, in the environment that `make bench` has made for it."""
