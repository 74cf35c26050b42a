"""The project: settings, wiring, and the rooms that know nothing of the classroom."""
