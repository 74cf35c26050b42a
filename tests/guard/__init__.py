"""The guard of passwords: what it refuses, what it lets through, what it costs."""
