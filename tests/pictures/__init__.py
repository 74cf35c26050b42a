"""The pictures of README and docs, from a running demo: `make pictures`, `make board-picture`."""
