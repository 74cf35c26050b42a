"""Simulated students and tutors, each with a real socket."""
