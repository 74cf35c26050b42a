"""Whether the database can do what this release asks of it: the tables it needs, and writes."""
