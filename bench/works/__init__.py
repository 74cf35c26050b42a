"""The works: what is done with every system, and what is measured meanwhile."""
