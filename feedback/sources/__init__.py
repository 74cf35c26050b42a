"""Feedback as others read it: the mirror, and whoever asks what is held on a person."""
