"""The doctor, with the real things away, wrong or in order."""
