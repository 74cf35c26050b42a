"""From the outbox to the store: one process at a time, in order per key."""
