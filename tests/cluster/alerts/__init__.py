"""Each alert's condition on a running server, read as the shipped rules read it."""
