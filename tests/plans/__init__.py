"""The plans PostgreSQL makes for the product's own queries, beside a million rows."""
