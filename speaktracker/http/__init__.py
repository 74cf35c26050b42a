"""Around every HTTP request: its language, its thread, slashes and static files."""
