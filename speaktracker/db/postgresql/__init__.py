"""Django's PostgreSQL backend, which leaves a server that has become a standby."""
