"""Feedback from tutors to students: stored, delivered, acknowledged."""
