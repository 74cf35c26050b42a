"""Sentence lists: what a school has its students practise, to whom it is given, and from when."""
