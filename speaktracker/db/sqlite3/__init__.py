"""Django's SQLite backend, behind the same gate for text as PostgreSQL."""
