"""People, and who teaches whom."""
