"""The keys of stored feedback: it is encrypted again with the newest."""
