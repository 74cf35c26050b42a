"""The programs of the peers that we wrote ourselves."""
