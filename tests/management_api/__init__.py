"""The Management API by itself: keys, paths, signatures."""
