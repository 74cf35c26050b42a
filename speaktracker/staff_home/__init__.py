"""What all pages of the admin have in common: its home, its header, and words that Django lacks."""
