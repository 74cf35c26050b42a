"""Tables of the original design, taken over with their contents."""
