"""What a simulation counted, and how it is shown."""
