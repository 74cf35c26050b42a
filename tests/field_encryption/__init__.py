"""Feedback encrypted at rest: keys, ciphertexts, rotation, and what a dump holds."""
