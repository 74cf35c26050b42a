"""Erasing people: what names them goes or is given a pseudonym; what is held on one, shown."""
