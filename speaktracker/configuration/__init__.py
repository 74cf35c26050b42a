"""What one environment variable makes of several settings: the database, the mail server."""
