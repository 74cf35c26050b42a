"""One live socket and what it owns: its queue, its dashboard or its feedback, its limits."""
