"""The admin as a whole: its home, its words, its language link, and what its pages ask."""
