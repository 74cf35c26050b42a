"""Text that is encrypted at rest: its keys, what stands in the database, and the model's fields."""
