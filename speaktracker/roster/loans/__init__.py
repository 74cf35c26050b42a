"""Substitutes: some of a tutor's students lent to another tutor, from a day to a day."""
