"""How a simulation is shown: while it runs, and what it ends with."""
