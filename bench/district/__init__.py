"""A district: thousands of students on PostgreSQL, Valkey and the mirror, part by part."""
