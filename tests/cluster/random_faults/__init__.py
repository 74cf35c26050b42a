"""An hour of faults, chosen at random, under a simulated school."""
