"""The files of deploy/: each held against what reads it, or run."""
