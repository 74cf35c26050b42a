"""What became of every message of a simulation, and how long it took."""
